// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// The events and custom errors of version 1 of the registry, which version 2 keeps. Clients and indexers decode them
/// by name, type and order.
interface RegistryEvents {
    event AccountCreated(
        uint64 indexed leafIndex,
        address indexed recoveryAddress,
        address[] authenticatorAddresses,
        uint256[] authenticatorPubkeys,
        uint256 offchainSignerCommitment
    );
    event AccountUpdated(
        uint64 indexed leafIndex,
        uint32 pubkeyId,
        uint256 newAuthenticatorPubkey,
        address indexed oldAuthenticatorAddress,
        address indexed newAuthenticatorAddress,
        uint256 oldOffchainSignerCommitment,
        uint256 newOffchainSignerCommitment
    );
    event AuthenticatorInserted(
        uint64 indexed leafIndex,
        uint32 pubkeyId,
        address indexed authenticatorAddress,
        uint256 indexed newAuthenticatorPubkey,
        uint256 oldOffchainSignerCommitment,
        uint256 newOffchainSignerCommitment
    );
    event AuthenticatorRemoved(
        uint64 indexed leafIndex,
        uint32 pubkeyId,
        address indexed authenticatorAddress,
        uint256 indexed authenticatorPubkey,
        uint256 oldOffchainSignerCommitment,
        uint256 newOffchainSignerCommitment
    );
    event AccountRecovered(
        uint64 indexed leafIndex,
        address indexed newAuthenticatorAddress,
        uint256 indexed newAuthenticatorPubkey,
        uint256 oldOffchainSignerCommitment,
        uint256 newOffchainSignerCommitment
    );
    event RecoveryAgentUpdateInitiated(
        uint64 indexed leafIndex,
        address indexed oldRecoveryAgent,
        address indexed newRecoveryAgent,
        uint256 executeAfter
    );
    event RecoveryAgentUpdateExecuted(
        uint64 indexed leafIndex, address indexed oldRecoveryAgent, address indexed newRecoveryAgent
    );
    event RecoveryAgentUpdateCancelled(uint64 indexed leafIndex, address indexed cancelledRecoveryAgent);
    event RootRecorded(uint256 indexed root, uint256 timestamp);

    event FeeRecipientUpdated(address indexed oldRecipient, address indexed newRecipient);
    event FeeTokenUpdated(address indexed oldToken, address indexed newToken);
    event MaxAuthenticatorsUpdated(uint256 indexed oldMax, uint256 indexed newMax);
    event RecoveryAgentUpdateCooldownUpdated(uint256 indexed oldCooldown, uint256 indexed newCooldown);
    event RegistrationFeeUpdated(uint256 oldFee, uint256 newFee);
    event RootValidityWindowUpdated(uint256 oldWindow, uint256 newWindow);

    error AccountDoesNotExist(uint64 leafIndex);
    error AuthenticatorAddressAlreadyInUse(address authenticatorAddress);
    error AuthenticatorDoesNotBelongToAccount(uint64 expectedLeafIndex, uint64 actualLeafIndex);
    error AuthenticatorDoesNotExist(address authenticatorAddress);
    error EmptyAddressArray();
    error InvalidInitialization();
    error InvalidSignature();
    error MismatchedAuthenticatorSigner(address expectedSigner, address actualSigner);
    error MismatchedLeafIndex(uint64 expectedLeafIndex, uint64 actualLeafIndex);
    error MismatchedPubkeyId(uint256 expectedPubkeyId, uint256 actualPubkeyId);
    error MismatchedRecoveryCounter(uint64 leafIndex, uint256 expectedCounter, uint256 actualCounter);
    error MismatchedSignatureNonce(uint64 leafIndex, uint256 expectedNonce, uint256 actualNonce);
    error MismatchingArrayLengths();
    error NoPendingRecoveryAgentUpdate(uint64 leafIndex);
    error OwnerMaxAuthenticatorsOutOfBounds();
    error PubkeyIdDoesNotExist();
    error PubkeyIdInUse();
    error PubkeyIdOutOfBounds();
    error RecoveryAgentUpdateStillInCooldown(uint64 leafIndex, uint256 executeAfter);
    error RecoveryNotEnabled();
    error ReusedAuthenticatorAddress();
    error ZeroAddress();

    /// The depth of the tree is fixed here. The error belongs to the tree library of the deployed registry.
    error DepthNotSupported();
}

/// The events and custom errors that version 2 adds.
interface RegistryEventsV2 {
    event RecoveryAgentUpdated(
        uint64 indexed leafIndex,
        address indexed previousRecoveryAgent,
        address indexed newRecoveryAgent,
        uint256 invalidAfter
    );
    event RecoveryAgentUpdateReverted(
        uint64 indexed leafIndex, address indexed restoredRecoveryAgent, address indexed revertedRecoveryAgent
    );

    error AuthenticatorClassMismatch(uint32 pubkeyId, bool proving);
    error MethodUnsupported();
    error NoActiveRecoveryAgentUpdate(uint64 leafIndex);
    error RecoveryAgentUpdateStillActive(uint64 leafIndex, uint256 invalidAfter);
    error RecoveryAgentUpdateWindowExpired(uint64 leafIndex, uint256 invalidAfter);
    error UnknownRoot(uint256 root);
    error UnmanageableNotAllowed();
}
