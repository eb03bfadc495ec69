// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {Registry} from "./Registry.sol";

/// A registry of World ID accounts for development chains. It behaves as version 1 of the deployed registry: the same
/// selectors, EIP-712 domain and types, nonce per account, events, errors, order of checks, settings and, within a few
/// per cent, gas. Do not use the contract for real accounts: the tree has another hash (see `MerkleTree`).
contract WorldIDRegistry is Registry {
    bytes32 private constant UPDATE_TYPEHASH = keccak256(
        "UpdateAuthenticator(uint64 leafIndex,address oldAuthenticatorAddress,address newAuthenticatorAddress,uint32 pubkeyId,uint256 newAuthenticatorPubkey,uint256 newOffchainSignerCommitment,uint256 nonce)"
    );

    /// Puts a new authenticator into the slot of an old authenticator. The old authenticator signs.
    function updateAuthenticator(
        uint64 leafIndex,
        address oldAuthenticatorAddress,
        address newAuthenticatorAddress,
        uint32 pubkeyId,
        uint256 newAuthenticatorPubkey,
        uint256 oldOffchainSignerCommitment,
        uint256 newOffchainSignerCommitment,
        bytes calldata signature,
        uint256 nonce
    ) external {
        _requireAccount(leafIndex);
        _requireFree(newAuthenticatorAddress);
        if (oldAuthenticatorAddress == newAuthenticatorAddress) revert ReusedAuthenticatorAddress();
        bytes32 structHash = keccak256(
            abi.encode(
                UPDATE_TYPEHASH,
                leafIndex,
                oldAuthenticatorAddress,
                newAuthenticatorAddress,
                pubkeyId,
                newAuthenticatorPubkey,
                newOffchainSignerCommitment,
                nonce
            )
        );
        address signer = _requireSigner(leafIndex, structHash, signature);
        if (signer != oldAuthenticatorAddress) {
            revert MismatchedAuthenticatorSigner(oldAuthenticatorAddress, signer);
        }
        _useNonce(leafIndex, nonce);
        _requireSlot(authenticators[signer], pubkeyId);
        if (accounts[leafIndex].slots & _slot(pubkeyId) == 0) revert PubkeyIdDoesNotExist();

        delete authenticators[oldAuthenticatorAddress];
        _assign(newAuthenticatorAddress, leafIndex, pubkeyId);
        emit AccountUpdated(
            leafIndex,
            pubkeyId,
            newAuthenticatorPubkey,
            oldAuthenticatorAddress,
            newAuthenticatorAddress,
            oldOffchainSignerCommitment,
            newOffchainSignerCommitment
        );
        _updateLeaf(leafIndex, oldOffchainSignerCommitment, newOffchainSignerCommitment);
    }

    /// Announces a new recovery agent. Anybody may execute the update after the cooldown. A second announcement
    /// replaces the first.
    function initiateRecoveryAgentUpdate(
        uint64 leafIndex,
        address newRecoveryAgent,
        bytes calldata signature,
        uint256 nonce
    ) external {
        _requireAccount(leafIndex);
        bytes32 structHash = keccak256(abi.encode(SET_AGENT_TYPEHASH, leafIndex, newRecoveryAgent, nonce));
        _authorize(leafIndex, structHash, signature, nonce);

        AgentUpdate storage pending = pendingUpdates[leafIndex];
        if (pending.time != 0) emit RecoveryAgentUpdateCancelled(leafIndex, pending.agent);
        uint256 executeAfter = block.timestamp + recoveryAgentUpdateCooldown;
        pendingUpdates[leafIndex] = AgentUpdate(newRecoveryAgent, executeAfter);
        emit RecoveryAgentUpdateInitiated(leafIndex, _recoveryAgent(leafIndex), newRecoveryAgent, executeAfter);
    }

    /// Withdraws the announcement. Any authenticator of the account may sign.
    function cancelRecoveryAgentUpdate(uint64 leafIndex, bytes calldata signature, uint256 nonce) external {
        AgentUpdate memory pending = _requirePending(leafIndex);
        _authorize(leafIndex, keccak256(abi.encode(KEEP_AGENT_TYPEHASH, leafIndex, nonce)), signature, nonce);

        delete pendingUpdates[leafIndex];
        emit RecoveryAgentUpdateCancelled(leafIndex, pending.agent);
    }

    /// Makes the announced agent the agent of the account. It needs no signature.
    function executeRecoveryAgentUpdate(uint64 leafIndex) external {
        AgentUpdate memory pending = _requirePending(leafIndex);
        if (block.timestamp < pending.time) revert RecoveryAgentUpdateStillInCooldown(leafIndex, pending.time);

        delete pendingUpdates[leafIndex];
        emit RecoveryAgentUpdateExecuted(leafIndex, _recoveryAgent(leafIndex), pending.agent);
        accounts[leafIndex].recoveryAgent = pending.agent;
    }

    function getPendingRecoveryAgentUpdate(uint64 leafIndex)
        external
        view
        returns (address newRecoveryAgent, uint256 executeAfter)
    {
        AgentUpdate memory pending = pendingUpdates[leafIndex];
        return (pending.agent, pending.time);
    }

    function _requirePending(uint64 leafIndex) private view returns (AgentUpdate memory pending) {
        _requireAccount(leafIndex);
        pending = pendingUpdates[leafIndex];
        if (pending.time == 0) revert NoPendingRecoveryAgentUpdate(leafIndex);
    }

    function _requireInsertable(address candidate) internal view override {
        _requireFree(candidate);
    }

    function _insert(uint64 leafIndex, address authenticator, uint32 pubkeyId) internal override {
        accounts[leafIndex].slots |= _slot(pubkeyId);
        _assign(authenticator, leafIndex, pubkeyId);
    }

    function _remove(uint64 leafIndex, address authenticator, uint32 pubkeyId) internal override {
        _requireAuthenticator(leafIndex, authenticator, pubkeyId);
        accounts[leafIndex].slots &= ~_slot(pubkeyId);
        delete authenticators[authenticator];
    }

    function _endAgentUpdates(uint64 leafIndex) internal override {
        delete pendingUpdates[leafIndex];
    }

    function _recoveryAgent(uint64 leafIndex) internal view override returns (address) {
        return accounts[leafIndex].recoveryAgent;
    }

    /// A root is valid for the window after its recording.
    function _validitySince(uint256 root) internal view override returns (uint256) {
        return rootTimestamps[root];
    }

    function _maxAuthenticatorsLimit() internal pure override returns (uint256) {
        return 96;
    }
}
