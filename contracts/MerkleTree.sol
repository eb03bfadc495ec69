// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// A binary Merkle tree of depth 30 that stores every node that it has computed, so that a caller proves
/// nothing: an update reads the siblings from storage. A node never written has the value of an empty subtree
/// of its height.
///
/// **The hash is not the deployed one.** The deployed registry hashes with Poseidon2 over BN254, some 700
/// lines of field arithmetic; nothing on this side of the contract looks into the tree. Here a node is
/// keccak256 of its children reduced into the field, and each hash then burns `HASH_GAS`, so that
/// transactions cost on a development chain about what they cost on the real one. Roots therefore differ from
/// the deployed registry's, and proofs against one are worth nothing against the other.
library MerkleTree {
    error LeafDoesNotExist();
    error NewLeafCannotEqualOldLeaf();
    error TreeIsFull();
    error ValueGreaterThanSnarkScalarField();

    struct Tree {
        /// Nodes by `level << 32 | index`; level 0 holds the leaves.
        mapping(uint256 key => uint256) nodes;
    }

    uint256 internal constant DEPTH = 30;

    /// Order of BN254's scalar field.
    uint256 private constant FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    /// Gas of one Poseidon2 compression above that of the keccak here. With it the operations come within a
    /// few per cent of what was measured on the deployed code; the test of the gas table holds it there.
    uint256 private constant HASH_GAS = 6_500;

    /// BLAKE2's compression (EIP-152). It fails at once on an input that is not 213 bytes long, and a
    /// precompile that fails consumes all that it was given: the cheapest way to spend gas without spending
    /// time.
    uint256 private constant BLAKE2F = 0x09;

    /// The root of the stored tree.
    function root(Tree storage self) internal view returns (uint256) {
        uint256 stored = self.nodes[_key(DEPTH, 0)];
        return stored == 0 ? _emptyRoot() : stored;
    }

    /// Replaces a leaf and returns the new root.
    function update(Tree storage self, uint256 index, uint256 oldLeaf, uint256 newLeaf)
        internal
        returns (uint256 node)
    {
        if (newLeaf == oldLeaf) revert NewLeafCannotEqualOldLeaf();
        if (newLeaf >= FIELD) revert ValueGreaterThanSnarkScalarField();
        if (self.nodes[_key(0, index)] != oldLeaf) revert LeafDoesNotExist();

        uint256 empty = 0;
        node = newLeaf;
        for (uint256 level = 0; level < DEPTH; ++level) {
            self.nodes[_key(level, index)] = node;
            uint256 sibling = _load(self, level, index ^ 1, empty);
            node = index & 1 == 0 ? _hash(node, sibling) : _hash(sibling, node);
            empty = _compress(empty, empty);
            index >>= 1;
        }
        self.nodes[_key(DEPTH, 0)] = node;
    }

    /// Writes new leaves side by side, the first at index `first`, which is where the tree ends; returns the
    /// new root. It goes up level by level, so k leaves cost about 2k + 30 hashes and as many stored nodes.
    /// @param layer The leaves; overwritten on the way.
    function append(Tree storage self, uint256 first, uint256[] memory layer) internal returns (uint256) {
        uint256 count = layer.length;
        if (first + count > 1 << DEPTH) revert TreeIsFull();
        for (uint256 i = 0; i < count; ++i) {
            if (layer[i] >= FIELD) revert ValueGreaterThanSnarkScalarField();
        }

        uint256 empty = 0;
        for (uint256 level = 0; level < DEPTH; ++level) {
            for (uint256 i = 0; i < count; ++i) {
                self.nodes[_key(level, first + i)] = layer[i];
            }
            count = _parents(self, level, first, count, layer, empty);
            empty = _compress(empty, empty);
            first >>= 1;
        }
        self.nodes[_key(DEPTH, 0)] = layer[0];
        return layer[0];
    }

    /// Turns `count` nodes of a level, the first at index `first`, into their parents, in place; returns how
    /// many.
    function _parents(
        Tree storage self,
        uint256 level,
        uint256 first,
        uint256 count,
        uint256[] memory layer,
        uint256 empty
    ) private view returns (uint256 parents) {
        uint256 end = first + count;
        // Only the leftmost parent can have a child that was there before; only the rightmost an empty one.
        for (uint256 index = first & ~uint256(1); index < end; index += 2) {
            uint256 left = index < first ? _load(self, level, index, empty) : layer[index - first];
            uint256 right = index + 1 < end ? layer[index + 1 - first] : empty;
            layer[parents++] = _hash(left, right);
        }
    }

    function _load(Tree storage self, uint256 level, uint256 index, uint256 empty)
        private
        view
        returns (uint256)
    {
        uint256 node = self.nodes[_key(level, index)];
        return node == 0 ? empty : node;
    }

    function _emptyRoot() private pure returns (uint256 empty) {
        for (uint256 level = 0; level < DEPTH; ++level) {
            empty = _compress(empty, empty);
        }
    }

    function _key(uint256 level, uint256 index) private pure returns (uint256) {
        return level << 32 | index;
    }

    /// The parent of two nodes, at Poseidon2's price.
    function _hash(uint256 left, uint256 right) private view returns (uint256) {
        assembly ("memory-safe") {
            pop(staticcall(HASH_GAS, BLAKE2F, 0, 0, 0, 0))
        }
        return _compress(left, right);
    }

    /// The parent of two nodes, at keccak's price: for empty subtrees, which the deployed tree has as
    /// constants.
    function _compress(uint256 left, uint256 right) private pure returns (uint256 node) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            node := mod(keccak256(0x00, 0x40), FIELD)
        }
    }
}
