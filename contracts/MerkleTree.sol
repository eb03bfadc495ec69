// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// A binary Merkle tree of depth 30. The tree stores every computed node, so an update needs no proof: it
/// reads the siblings from storage. A node that was never written has the value of an empty subtree.
///
/// **The hash differs from the deployed registry.** The deployed registry uses Poseidon2 over BN254, about 700
/// lines of field arithmetic, and the gateway does not read the tree. Here a node is keccak256 of its children
/// reduced into the field, and each hash burns `HASH_GAS`, so that transactions cost about the same gas as on
/// the real chain. How much time that takes a node depends on the chain (see `HashTime`). Roots differ from the
/// deployed registry, and proofs are not interchangeable.
library MerkleTree {
    error LeafDoesNotExist();
    error LeafIndexOutOfRange();
    error NewLeafCannotEqualOldLeaf();
    error TreeIsFull();
    error ValueGreaterThanSnarkScalarField();

    struct Tree {
        /// Nodes by `level << 32 | index`; level 0 holds the leaves.
        mapping(uint256 key => uint256) nodes;
    }

    uint256 internal constant DEPTH = 30;

    /// Order of the scalar field of BN254.
    uint256 private constant FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    /// Gas of a Poseidon2 compression minus gas of keccak256. With this value the gas of the operations differs
    /// from the deployed code by a few per cent. A test compares the gas with a table of measured values.
    uint256 private constant HASH_GAS = 6_500;

    /// The local chain puts code here that uses up all its gas. Without code, a hash costs less gas.
    uint256 private constant HASH_ADDRESS = 0x48617368;

    /// Returns the root of the stored tree.
    function root(Tree storage self) internal view returns (uint256) {
        uint256 stored = self.nodes[_key(DEPTH, 0)];
        return stored == 0 ? _emptyRoot() : stored;
    }

    /// Returns the siblings of a leaf's path, from the leaf upwards.
    /// @param end The end of the tree: the index of the next new leaf.
    function proof(Tree storage self, uint256 index, uint256 end) internal view returns (uint256[] memory siblings) {
        if (index >= end) revert LeafIndexOutOfRange();
        siblings = new uint256[](DEPTH);
        uint256 empty = 0;
        for (uint256 level = 0; level < DEPTH; ++level) {
            siblings[level] = _load(self, level, index ^ 1, empty);
            empty = _compress(empty, empty);
            index >>= 1;
        }
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

    /// Appends leaves and returns the new root. `first` is the index of the first new leaf, the end of the tree.
    /// The nodes are computed level by level: k leaves need about 2k + 30 hashes and stored nodes.
    /// @param layer The leaves. The function overwrites them.
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

    /// Replaces `count` nodes of a level by their parents, in place. `first` is the index of the first node.
    /// Returns the number of parents.
    function _parents(
        Tree storage self,
        uint256 level,
        uint256 first,
        uint256 count,
        uint256[] memory layer,
        uint256 empty
    ) private view returns (uint256 parents) {
        uint256 end = first + count;
        // Only the leftmost parent can have an older child. Only the rightmost parent can have an empty child.
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

    /// The parent of two nodes, with the gas of Poseidon2.
    function _hash(uint256 left, uint256 right) private view returns (uint256) {
        assembly ("memory-safe") {
            pop(staticcall(HASH_GAS, HASH_ADDRESS, 0, 0, 0, 0))
        }
        return _compress(left, right);
    }

    /// The parent of two nodes, with the gas of keccak256: for empty subtrees, which are constants in the
    /// deployed tree.
    function _compress(uint256 left, uint256 right) private pure returns (uint256 node) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            node := mod(keccak256(0x00, 0x40), FIELD)
        }
    }
}
