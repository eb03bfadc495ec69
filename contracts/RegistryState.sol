// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {AccountData} from "./AccountData.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {RegistryEvents} from "./RegistryEvents.sol";

/// The storage of the registry, its views, and the checks that operations share.
abstract contract RegistryState is RegistryEvents {
    using AccountData for uint256;
    using MerkleTree for MerkleTree.Tree;

    uint256 internal constant MAX_AUTHENTICATORS = 7;

    /// Seconds from the recording of a root to its expiry. The latest root is always valid.
    uint256 private constant ROOT_VALIDITY_WINDOW = 3600;

    /// The data of an account, without its leaf and its authenticators.
    struct Account {
        /// May recover the account. Zero: recovery is not enabled.
        address recoveryAgent;
        /// Occupied slots: bit i for pubkey id i.
        uint96 slots;
        /// Number of recoveries. Authenticators with an earlier count are invalid.
        uint32 recoveryCounter;
        /// Nonce of the next operation.
        uint224 signatureNonce;
    }

    /// The index of the next new account. Zero before `initialize`; leaf 0 is never used.
    uint64 internal nextLeafIndex;

    MerkleTree.Tree internal tree;
    uint256 private latestRoot;
    mapping(uint256 root => uint256 timestamp) private rootTimestamps;

    mapping(uint64 leafIndex => Account) internal accounts;
    mapping(address authenticator => uint256 packedAccountData) internal authenticators;

    /// `[32 recoveryCounter][32 pubkeyId][128 reserved][64 leafIndex]`, or zero.
    function getPackedAccountData(address authenticatorAddress) external view returns (uint256) {
        return authenticators[authenticatorAddress];
    }

    function getSignatureNonce(uint64 leafIndex) external view returns (uint256) {
        return accounts[leafIndex].signatureNonce;
    }

    function getNextLeafIndex() external view returns (uint64) {
        return nextLeafIndex;
    }

    function getRecoveryAgent(uint64 leafIndex) external view returns (address) {
        return accounts[leafIndex].recoveryAgent;
    }

    function getRecoveryCounter(uint64 leafIndex) external view returns (uint256) {
        return accounts[leafIndex].recoveryCounter;
    }

    function getLatestRoot() external view returns (uint256) {
        return latestRoot;
    }

    function currentRoot() external view returns (uint256) {
        return tree.root();
    }

    function isValidRoot(uint256 root) external view returns (bool) {
        uint256 timestamp = rootTimestamps[root];
        return root == latestRoot || (timestamp != 0 && block.timestamp <= timestamp + ROOT_VALIDITY_WINDOW);
    }

    function getRootTimestamp(uint256 root) external view returns (uint256) {
        return rootTimestamps[root];
    }

    function getRootValidityWindow() external pure returns (uint256) {
        return ROOT_VALIDITY_WINDOW;
    }

    function getTreeDepth() external pure returns (uint256) {
        return MerkleTree.DEPTH;
    }

    function getMaxAuthenticators() external pure returns (uint256) {
        return MAX_AUTHENTICATORS;
    }

    function getRegistrationFee() external pure returns (uint256) {
        return 0;
    }

    /// An address is free if no account used it, or if the account was recovered later.
    function _requireFree(address candidate) internal view {
        if (candidate == address(0)) revert ZeroAddress();
        uint256 packed = authenticators[candidate];
        if (packed != 0 && packed.recoveryCounterOf() >= accounts[packed.leafIndexOf()].recoveryCounter) {
            revert AuthenticatorAddressAlreadyInUse(candidate);
        }
    }

    /// An authenticator of the account is a known address of this leaf that no recovery has invalidated.
    function _requireAuthenticator(address candidate, uint64 leafIndex) internal view {
        uint256 packed = authenticators[candidate];
        if (packed == 0) revert AuthenticatorDoesNotExist(candidate);
        uint64 actual = packed.leafIndexOf();
        uint32 counter = accounts[actual].recoveryCounter;
        if (packed.recoveryCounterOf() != counter) {
            revert MismatchedRecoveryCounter(actual, counter, packed.recoveryCounterOf());
        }
        if (actual != leafIndex) revert AuthenticatorDoesNotBelongToAccount(leafIndex, actual);
    }

    /// The pubkey id must be the slot of the authenticator.
    function _requireSlot(address authenticator, uint32 pubkeyId) internal view {
        uint32 actual = authenticators[authenticator].pubkeyIdOf();
        if (actual != pubkeyId) revert MismatchedPubkeyId(actual, pubkeyId);
    }

    /// All operations of an account share one nonce, independent of the signer. Gaps are not allowed.
    function _useNonce(uint64 leafIndex, uint256 nonce) internal {
        uint256 expected = accounts[leafIndex].signatureNonce;
        if (nonce != expected) revert MismatchedSignatureNonce(leafIndex, expected, nonce);
        ++accounts[leafIndex].signatureNonce;
    }

    function _assign(address authenticator, uint64 leafIndex, uint32 pubkeyId) internal {
        uint32 counter = accounts[leafIndex].recoveryCounter;
        authenticators[authenticator] = AccountData.pack(counter, pubkeyId, leafIndex);
    }

    function _recordRoot(uint256 root) internal {
        latestRoot = root;
        rootTimestamps[root] = block.timestamp;
        emit RootRecorded(root, block.timestamp);
    }

    /// The bit of the slot in `Account.slots`.
    function _slot(uint32 pubkeyId) internal pure returns (uint96) {
        return uint96(1) << pubkeyId;
    }
}
