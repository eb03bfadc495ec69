/**
 * The ABI of the `WorldIDRegistry` contract: the functions that the gateway calls, the events of their success, and all
 * custom errors, also of the contract's libraries and of version 2.
 */
import { parseAbi } from 'viem'

/** The functions behind the operations, and the views for the gateway and for users. */
export const registryFunctions = parseAbi([
  'function createAccount(address recoveryAddress, address[] authenticatorAddresses, uint256[] authenticatorPubkeys, uint256 offchainSignerCommitment)',
  'function createManyAccounts(address[] recoveryAddresses, address[][] authenticatorAddresses, uint256[][] authenticatorPubkeys, uint256[] offchainSignerCommitments)',
  'function insertAuthenticator(uint64 leafIndex, address newAuthenticatorAddress, uint32 pubkeyId, uint256 newAuthenticatorPubkey, uint256 oldOffchainSignerCommitment, uint256 newOffchainSignerCommitment, bytes signature, uint256 nonce)',
  'function updateAuthenticator(uint64 leafIndex, address oldAuthenticatorAddress, address newAuthenticatorAddress, uint32 pubkeyId, uint256 newAuthenticatorPubkey, uint256 oldOffchainSignerCommitment, uint256 newOffchainSignerCommitment, bytes signature, uint256 nonce)',
  'function removeAuthenticator(uint64 leafIndex, address authenticatorAddress, uint32 pubkeyId, uint256 authenticatorPubkey, uint256 oldOffchainSignerCommitment, uint256 newOffchainSignerCommitment, bytes signature, uint256 nonce)',
  'function recoverAccount(uint64 leafIndex, address newAuthenticatorAddress, uint256 newAuthenticatorPubkey, uint256 oldOffchainSignerCommitment, uint256 newOffchainSignerCommitment, bytes signature, uint256 nonce)',
  'function initiateRecoveryAgentUpdate(uint64 leafIndex, address newRecoveryAgent, bytes signature, uint256 nonce)',
  'function cancelRecoveryAgentUpdate(uint64 leafIndex, bytes signature, uint256 nonce)',
  'function executeRecoveryAgentUpdate(uint64 leafIndex)',
  'function updateRecoveryAgent(uint64 leafIndex, address newRecoveryAgent, bytes signature, uint256 nonce)',
  'function revertRecoveryAgentUpdate(uint64 leafIndex, bytes signature, uint256 nonce)',
  'function migrateLegacyRecoveryAgentUpdate(uint64 leafIndex)',
  'function getPackedAccountData(address authenticatorAddress) view returns (uint256)',
  'function getSignatureNonce(uint64 leafIndex) view returns (uint256)',
  'function getNextLeafIndex() view returns (uint64)',
  'function getRecoveryAgent(uint64 leafIndex) view returns (address)',
  'function getPendingRecoveryAgentUpdate(uint64 leafIndex) view returns (address newRecoveryAgent, uint256 executeAfter)',
  'function getPreviousRecoveryAgentUpdate(uint64 leafIndex) view returns (address previousRecoveryAgent, uint256 invalidAfter)',
  'function getRecoveryAgentUpdateCooldown() view returns (uint256)',
  'function getRecoveryCounter(uint64 leafIndex) view returns (uint256)',
  'function getLatestRoot() view returns (uint256)',
  'function currentRoot() view returns (uint256)',
  'function isValidRoot(uint256 root) view returns (bool)',
  'function getProof(uint64 leafIndex) view returns (uint256[])',
  'function getRootExpiration(uint256 root) view returns (uint256)',
  'function getRootTimestamp(uint256 root) view returns (uint256)',
  'function getRootValidityWindow() view returns (uint256)',
  'function getTreeDepth() view returns (uint256)',
  'function getMaxAuthenticators() view returns (uint256)',
  'function getRegistrationFee() view returns (uint256)',
  'function getFeeToken() view returns (address)',
  'function getFeeRecipient() view returns (address)',
  'function domainSeparatorV4() view returns (bytes32)',
  'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)',
])

/** The events. A successful operation logs exactly one event of the kind. A failed call logs no event. */
export const registryEvents = parseAbi([
  'event AccountCreated(uint64 indexed leafIndex, address indexed recoveryAddress, address[] authenticatorAddresses, uint256[] authenticatorPubkeys, uint256 offchainSignerCommitment)',
  'event AccountUpdated(uint64 indexed leafIndex, uint32 pubkeyId, uint256 newAuthenticatorPubkey, address indexed oldAuthenticatorAddress, address indexed newAuthenticatorAddress, uint256 oldOffchainSignerCommitment, uint256 newOffchainSignerCommitment)',
  'event AuthenticatorInserted(uint64 indexed leafIndex, uint32 pubkeyId, address indexed authenticatorAddress, uint256 indexed newAuthenticatorPubkey, uint256 oldOffchainSignerCommitment, uint256 newOffchainSignerCommitment)',
  'event AuthenticatorRemoved(uint64 indexed leafIndex, uint32 pubkeyId, address indexed authenticatorAddress, uint256 indexed authenticatorPubkey, uint256 oldOffchainSignerCommitment, uint256 newOffchainSignerCommitment)',
  'event AccountRecovered(uint64 indexed leafIndex, address indexed newAuthenticatorAddress, uint256 indexed newAuthenticatorPubkey, uint256 oldOffchainSignerCommitment, uint256 newOffchainSignerCommitment)',
  'event RootRecorded(uint256 indexed root, uint256 timestamp)',
  'event RecoveryAgentUpdateInitiated(uint64 indexed leafIndex, address indexed oldRecoveryAgent, address indexed newRecoveryAgent, uint256 executeAfter)',
  'event RecoveryAgentUpdateExecuted(uint64 indexed leafIndex, address indexed oldRecoveryAgent, address indexed newRecoveryAgent)',
  'event RecoveryAgentUpdateCancelled(uint64 indexed leafIndex, address indexed cancelledRecoveryAgent)',
  'event RecoveryAgentUpdated(uint64 indexed leafIndex, address indexed previousRecoveryAgent, address indexed newRecoveryAgent, uint256 invalidAfter)',
  'event RecoveryAgentUpdateReverted(uint64 indexed leafIndex, address indexed restoredRecoveryAgent, address indexed revertedRecoveryAgent)',
])

/** The errors of the registry, of OpenZeppelin, of the Merkle tree, and of version 2, in this order. */
export const registryErrors = parseAbi([
  'error AccountDoesNotExist(uint64 leafIndex)',
  'error AuthenticatorAddressAlreadyInUse(address authenticatorAddress)',
  'error AuthenticatorAlreadyExists(address authenticatorAddress)',
  'error AuthenticatorDoesNotBelongToAccount(uint64 expectedLeafIndex, uint64 actualLeafIndex)',
  'error AuthenticatorDoesNotExist(address authenticatorAddress)',
  'error BitmapOverflow()',
  'error EmptyAddressArray()',
  'error ImplementationNotInitialized()',
  'error InsufficientFunds()',
  'error InvalidSignature()',
  'error MismatchedAuthenticatorSigner(address expectedSigner, address actualSigner)',
  'error MismatchedLeafIndex(uint64 expectedLeafIndex, uint64 actualLeafIndex)',
  'error MismatchedPubkeyId(uint256 expectedPubkeyId, uint256 actualPubkeyId)',
  'error MismatchedRecoveryCounter(uint64 leafIndex, uint256 expectedCounter, uint256 actualCounter)',
  'error MismatchedSignatureNonce(uint64 leafIndex, uint256 expectedNonce, uint256 actualNonce)',
  'error MismatchingArrayLengths()',
  'error NoPendingRecoveryAgentUpdate(uint64 leafIndex)',
  'error OwnerMaxAuthenticatorsOutOfBounds()',
  'error PubkeyIdDoesNotExist()',
  'error PubkeyIdInUse()',
  'error PubkeyIdOutOfBounds()',
  'error PubkeyIdOverflow(uint256 pubkeyId)',
  'error RecoveryAddressNotSet(uint64 leafIndex)',
  'error RecoveryAgentUpdateStillInCooldown(uint64 leafIndex, uint256 executeAfter)',
  'error RecoveryCounterOverflow()',
  'error RecoveryNotEnabled()',
  'error ReusedAuthenticatorAddress()',
  'error ZeroAddress()',
  'error ZeroRecoveredSignatureAddress()',

  'error ECDSAInvalidSignature()',
  'error ECDSAInvalidSignatureLength(uint256 length)',
  'error ECDSAInvalidSignatureS(bytes32 s)',
  'error InvalidInitialization()',
  'error OwnableUnauthorizedAccount(address account)',
  'error SafeERC20FailedOperation(address token)',
  'error UUPSUnauthorizedCallContext()',

  'error DepthNotSupported()',
  'error LeafDoesNotExist()',
  'error LeafIndexOutOfRange()',
  'error NewLeafCannotEqualOldLeaf()',
  'error TreeIsFull()',
  'error ValueGreaterThanSnarkScalarField()',

  'error AuthenticatorClassMismatch(uint32 pubkeyId, bool proving)',
  'error MethodUnsupported()',
  'error NoActiveRecoveryAgentUpdate(uint64 leafIndex)',
  'error RecoveryAgentUpdateStillActive(uint64 leafIndex, uint256 invalidAfter)',
  'error RecoveryAgentUpdateWindowExpired(uint64 leafIndex, uint256 invalidAfter)',
  'error UnknownRoot(uint256 root)',
  'error UnmanageableNotAllowed()',
])

/** The whole ABI, for clients of the registry. */
export const registryAbi = [...registryFunctions, ...registryEvents, ...registryErrors] as const
