// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {MerkleTree} from "./MerkleTree.sol";
import {RegistryEvents} from "./RegistryEvents.sol";

/// The storage of both versions of the registry, and its views. An upgrade keeps the state, so both versions have one
/// layout.
abstract contract RegistryState is RegistryEvents {
    using MerkleTree for MerkleTree.Tree;

    /// The data of an account, without its leaf and its authenticators.
    struct Account {
        /// May recover the account. Zero: recovery is not enabled.
        address recoveryAgent;
        /// Occupied slots: bit i for pubkey id i. In version 2, bit 48 + i marks a proving authenticator.
        uint96 slots;
        /// Number of recoveries. Authenticators with an earlier count are invalid.
        uint32 recoveryCounter;
        /// Nonce of the next operation.
        uint224 signatureNonce;
    }

    /// An agent, and the time in seconds from which it counts (version 1) or no longer counts (version 2).
    struct AgentUpdate {
        address agent;
        uint256 time;
    }

    /// The index of the next new account. Zero before `initialize`; leaf 0 is never used.
    uint64 internal nextLeafIndex;

    MerkleTree.Tree internal tree;
    uint256 internal latestRoot;
    /// When a root was recorded.
    mapping(uint256 root => uint256 timestamp) internal rootTimestamps;
    /// When a root was replaced. Only version 2 records it.
    mapping(uint256 root => uint256 timestamp) internal rootReplacements;

    mapping(uint64 leafIndex => Account) internal accounts;
    mapping(address authenticator => uint256 packedAccountData) internal authenticators;
    /// The agents that will replace the present agents. Only version 1 adds updates.
    mapping(uint64 leafIndex => AgentUpdate) internal pendingUpdates;
    /// The agents that were replaced. Only version 2 adds updates.
    mapping(uint64 leafIndex => AgentUpdate) internal previousAgents;

    uint256 internal maxAuthenticators;
    /// Seconds for which a root other than the latest is valid.
    uint256 internal rootValidityWindow;
    /// Seconds until a new recovery agent counts.
    uint256 internal recoveryAgentUpdateCooldown;
    address internal feeToken;
    address internal feeRecipient;
    /// The price of an account, in units of the token. Zero: accounts are free.
    uint256 internal registrationFee;

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

    /// The agent that may recover the account now.
    function getRecoveryAgent(uint64 leafIndex) external view returns (address) {
        return _recoveryAgent(leafIndex);
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

    /// The siblings of the account's path in the tree, from the leaf upwards.
    function getProof(uint64 leafIndex) external view returns (uint256[] memory) {
        return tree.proof(leafIndex, nextLeafIndex);
    }

    function isValidRoot(uint256 root) external view returns (bool) {
        if (root == latestRoot) return true;
        uint256 since = _validitySince(root);
        return since != 0 && block.timestamp <= since + rootValidityWindow;
    }

    function getRootTimestamp(uint256 root) external view returns (uint256) {
        return rootTimestamps[root];
    }

    function getRootValidityWindow() external view returns (uint256) {
        return rootValidityWindow;
    }

    function getTreeDepth() external pure returns (uint256) {
        return MerkleTree.DEPTH;
    }

    function getMaxAuthenticators() external view returns (uint256) {
        return maxAuthenticators;
    }

    function getRecoveryAgentUpdateCooldown() external view returns (uint256) {
        return recoveryAgentUpdateCooldown;
    }

    function getRegistrationFee() external view returns (uint256) {
        return registrationFee;
    }

    function getFeeToken() external view returns (address) {
        return feeToken;
    }

    function getFeeRecipient() external view returns (address) {
        return feeRecipient;
    }

    function _recordRoot(uint256 root) internal virtual {
        latestRoot = root;
        rootTimestamps[root] = block.timestamp;
        emit RootRecorded(root, block.timestamp);
    }

    /// The start of the validity window of a root that is not the latest; zero if the root is not known.
    function _validitySince(uint256 root) internal view virtual returns (uint256);

    function _recoveryAgent(uint64 leafIndex) internal view virtual returns (address);
}
