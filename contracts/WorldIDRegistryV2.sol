// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {Registry} from "./Registry.sol";
import {RegistryEventsV2} from "./RegistryEvents.sol";

/// Version 2 of the registry for development chains (see `WorldIDRegistry`). A proxy of version 1 can be upgraded to it
/// in place. The differences:
///
/// - An authenticator with the zero address is a *proving* authenticator: it has a slot, and signs no operations. The
///   others are *admins*.
/// - A new recovery agent needs no second transaction. For the cooldown the previous agent counts, and the update can
///   be reverted.
/// - A root stays valid for the window after its replacement.
contract WorldIDRegistryV2 is Registry, RegistryEventsV2 {
    /// Distance in `Account.slots` from the bit of a slot to the bit of its class. It is the greatest number of slots.
    uint256 private constant CLASS_OFFSET = 48;

    function updateAuthenticator(
        uint64,
        address,
        address,
        uint32,
        uint256,
        uint256,
        uint256,
        bytes calldata,
        uint256
    ) external pure {
        revert MethodUnsupported();
    }

    function initiateRecoveryAgentUpdate(uint64, address, bytes calldata, uint256) external pure {
        revert MethodUnsupported();
    }

    function cancelRecoveryAgentUpdate(uint64, bytes calldata, uint256) external pure {
        revert MethodUnsupported();
    }

    function executeRecoveryAgentUpdate(uint64) external pure {
        revert MethodUnsupported();
    }

    /// Replaces the recovery agent. Any authenticator of the account may sign.
    function updateRecoveryAgent(
        uint64 leafIndex,
        address newRecoveryAgent,
        bytes calldata signature,
        uint256 nonce
    ) external {
        _requireAccount(leafIndex);
        uint256 activeUntil = previousAgents[leafIndex].time;
        if (block.timestamp < activeUntil) revert RecoveryAgentUpdateStillActive(leafIndex, activeUntil);
        bytes32 structHash = keccak256(abi.encode(SET_AGENT_TYPEHASH, leafIndex, newRecoveryAgent, nonce));
        _authorize(leafIndex, structHash, signature, nonce);

        delete pendingUpdates[leafIndex];
        _replaceAgent(leafIndex, newRecoveryAgent, block.timestamp + recoveryAgentUpdateCooldown);
    }

    /// Restores the previous agent while it counts. Any authenticator of the account may sign.
    function revertRecoveryAgentUpdate(uint64 leafIndex, bytes calldata signature, uint256 nonce) external {
        _requireAccount(leafIndex);
        uint256 activeUntil = previousAgents[leafIndex].time;
        if (activeUntil == 0) revert NoActiveRecoveryAgentUpdate(leafIndex);
        if (block.timestamp >= activeUntil) revert RecoveryAgentUpdateWindowExpired(leafIndex, activeUntil);
        _authorize(leafIndex, keccak256(abi.encode(KEEP_AGENT_TYPEHASH, leafIndex, nonce)), signature, nonce);

        _restoreAgent(leafIndex);
    }

    /// Turns an update that version 1 announced into an update of version 2. Anybody may call it.
    function migrateLegacyRecoveryAgentUpdate(uint64 leafIndex) external {
        AgentUpdate memory pending = pendingUpdates[leafIndex];
        if (pending.time == 0) revert NoPendingRecoveryAgentUpdate(leafIndex);
        delete pendingUpdates[leafIndex];
        _replaceAgent(leafIndex, pending.agent, pending.time);
    }

    /// The agent that does not count yet, and the time from which it counts; zeros without such an agent.
    function getPendingRecoveryAgentUpdate(uint64 leafIndex)
        external
        view
        returns (address newRecoveryAgent, uint256 validAfter)
    {
        if (!_isReplaced(leafIndex)) return (address(0), 0);
        return (accounts[leafIndex].recoveryAgent, previousAgents[leafIndex].time);
    }

    /// The agent that still counts, and the time until which it counts; zeros without such an agent.
    function getPreviousRecoveryAgentUpdate(uint64 leafIndex)
        external
        view
        returns (address previousRecoveryAgent, uint256 invalidAfter)
    {
        if (!_isReplaced(leafIndex)) return (address(0), 0);
        return (previousAgents[leafIndex].agent, previousAgents[leafIndex].time);
    }

    /// The time until which a root is valid. Zero for the latest root, which does not expire.
    function getRootExpiration(uint256 root) external view returns (uint256) {
        if (root == latestRoot) return 0;
        uint256 replaced = rootReplacements[root];
        if (replaced == 0) revert UnknownRoot(root);
        return replaced + rootValidityWindow;
    }

    function _replaceAgent(uint64 leafIndex, address agent, uint256 invalidAfter) private {
        address previous = accounts[leafIndex].recoveryAgent;
        previousAgents[leafIndex] = AgentUpdate(previous, invalidAfter);
        accounts[leafIndex].recoveryAgent = agent;
        emit RecoveryAgentUpdated(leafIndex, previous, agent, invalidAfter);
    }

    function _restoreAgent(uint64 leafIndex) private {
        address restored = previousAgents[leafIndex].agent;
        emit RecoveryAgentUpdateReverted(leafIndex, restored, accounts[leafIndex].recoveryAgent);
        accounts[leafIndex].recoveryAgent = restored;
        delete previousAgents[leafIndex];
    }

    /// Whether the previous agent still counts.
    function _isReplaced(uint64 leafIndex) private view returns (bool) {
        return block.timestamp < previousAgents[leafIndex].time;
    }

    function _recoveryAgent(uint64 leafIndex) internal view override returns (address) {
        return _isReplaced(leafIndex) ? previousAgents[leafIndex].agent : accounts[leafIndex].recoveryAgent;
    }

    function _endAgentUpdates(uint64 leafIndex) internal override {
        if (_isReplaced(leafIndex)) _restoreAgent(leafIndex);
        delete pendingUpdates[leafIndex];
    }

    function _requireInsertable(address candidate) internal view override {
        if (candidate != address(0)) _requireFree(candidate);
    }

    /// A proving authenticator has no address to store.
    function _insert(uint64 leafIndex, address authenticator, uint32 pubkeyId) internal override {
        accounts[leafIndex].slots |= _slot(pubkeyId);
        if (authenticator == address(0)) accounts[leafIndex].slots |= _class(pubkeyId);
        else _assign(authenticator, leafIndex, pubkeyId);
    }

    function _remove(uint64 leafIndex, address authenticator, uint32 pubkeyId) internal override {
        uint96 slots = accounts[leafIndex].slots;
        bool isProving = slots & _class(pubkeyId) != 0;
        if (isProving != (authenticator == address(0))) revert AuthenticatorClassMismatch(pubkeyId, isProving);
        if (!isProving) _requireAuthenticator(leafIndex, authenticator, pubkeyId);

        slots &= ~(_slot(pubkeyId) | _class(pubkeyId));
        if (!isProving) _requireManageable(slots);
        accounts[leafIndex].slots = slots;
        delete authenticators[authenticator];
    }

    /// Without an admin, nobody could sign for the remaining proving authenticators.
    function _requireManageable(uint96 slots) private pure {
        uint96 occupied = slots & (_slot(CLASS_OFFSET) - 1);
        uint96 admins = occupied & ~(slots >> CLASS_OFFSET);
        if (occupied != 0 && admins == 0) revert UnmanageableNotAllowed();
    }

    /// The bit of the slot's class in `Account.slots`: set for a proving authenticator.
    function _class(uint32 pubkeyId) private pure returns (uint96) {
        return _slot(CLASS_OFFSET + pubkeyId);
    }

    function _recordRoot(uint256 root) internal override {
        rootReplacements[latestRoot] = block.timestamp;
        super._recordRoot(root);
    }

    /// A root is valid for the window after its replacement.
    function _validitySince(uint256 root) internal view override returns (uint256) {
        return rootReplacements[root];
    }

    function _maxAuthenticatorsLimit() internal pure override returns (uint256) {
        return CLASS_OFFSET;
    }
}
