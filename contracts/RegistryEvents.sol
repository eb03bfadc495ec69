// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// The events and custom errors of the registry. Clients and indexers decode them by name, type and order.
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
    event RootRecorded(uint256 indexed root, uint256 timestamp);

    error AuthenticatorAddressAlreadyInUse(address authenticatorAddress);
    error AuthenticatorDoesNotBelongToAccount(uint64 expectedLeafIndex, uint64 actualLeafIndex);
    error AuthenticatorDoesNotExist(address authenticatorAddress);
    error EmptyAddressArray();
    error InvalidInitialization();
    error InvalidSignature();
    error MismatchedAuthenticatorSigner(address expectedSigner, address actualSigner);
    error MismatchedPubkeyId(uint256 expectedPubkeyId, uint256 actualPubkeyId);
    error MismatchedRecoveryCounter(uint64 leafIndex, uint256 expectedCounter, uint256 actualCounter);
    error MismatchedSignatureNonce(uint64 leafIndex, uint256 expectedNonce, uint256 actualNonce);
    error MismatchingArrayLengths();
    error PubkeyIdInUse();
    error PubkeyIdOutOfBounds();
    error RecoveryNotEnabled();
    error ReusedAuthenticatorAddress();
    error ZeroAddress();

    /// The depth of the tree is fixed here. The error belongs to the tree library of the deployed registry.
    error DepthNotSupported();
    /// Only in the development registry, which collects no registration fee.
    error RegistrationFeeNotSupported();
}
