// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {AccountData} from "./AccountData.sol";
import {AgentSignature} from "./AgentSignature.sol";
import {Ecdsa} from "./Ecdsa.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {RegistrationFee} from "./RegistrationFee.sol";
import {RegistryDomain} from "./RegistryDomain.sol";
import {RegistrySettings} from "./RegistrySettings.sol";

/// The operations that both versions of the registry have. The order of the checks is part of the interface: clients
/// get the error of the first failed check.
///
/// An account is a leaf of the tree: a commitment to its off-chain signers. Its authenticators are addresses that may
/// sign its operations, each in one slot ("pubkey id"). Any sender may submit a signed operation.
abstract contract Registry is RegistryDomain, RegistrySettings {
    using AccountData for uint256;
    using MerkleTree for MerkleTree.Tree;

    bytes32 private constant INSERT_TYPEHASH = keccak256(
        "InsertAuthenticator(uint64 leafIndex,address newAuthenticatorAddress,uint32 pubkeyId,uint256 newAuthenticatorPubkey,uint256 newOffchainSignerCommitment,uint256 nonce)"
    );
    bytes32 private constant REMOVE_TYPEHASH = keccak256(
        "RemoveAuthenticator(uint64 leafIndex,address authenticatorAddress,uint32 pubkeyId,uint256 authenticatorPubkey,uint256 newOffchainSignerCommitment,uint256 nonce)"
    );
    bytes32 private constant RECOVER_TYPEHASH = keccak256(
        "RecoverAccount(uint64 leafIndex,address newAuthenticatorAddress,uint256 newAuthenticatorPubkey,uint256 newOffchainSignerCommitment,uint256 nonce)"
    );
    bytes32 internal constant SET_AGENT_TYPEHASH =
        keccak256("InitiateRecoveryAgentUpdate(uint64 leafIndex,address newRecoveryAgent,uint256 nonce)");
    bytes32 internal constant KEEP_AGENT_TYPEHASH =
        keccak256("CancelRecoveryAgentUpdate(uint64 leafIndex,uint256 nonce)");

    /// Prevents initialization of the implementation: only proxies can be initialized.
    constructor() {
        nextLeafIndex = type(uint64).max;
    }

    /// Makes the sender the owner, and sets the settings of the deployed registry.
    function initialize(
        uint256 initialTreeDepth,
        address initialFeeRecipient,
        address initialFeeToken,
        uint256 initialRegistrationFee
    ) external {
        if (nextLeafIndex != 0) revert InvalidInitialization();
        if (initialTreeDepth != MerkleTree.DEPTH) revert DepthNotSupported();
        nextLeafIndex = 1;
        maxAuthenticators = 7;
        rootValidityWindow = 3600;
        recoveryAgentUpdateCooldown = 14 days;
        feeRecipient = initialFeeRecipient;
        feeToken = initialFeeToken;
        registrationFee = initialRegistrationFee;
        _transferOwnership(msg.sender);
        _recordRoot(tree.root());
    }

    /// Creates an account. Its authenticators get the slots from 0 upwards.
    function createAccount(
        address recoveryAddress,
        address[] calldata authenticatorAddresses,
        uint256[] calldata authenticatorPubkeys,
        uint256 offchainSignerCommitment
    ) external {
        RegistrationFee.requireFunds(feeToken, registrationFee, 1);
        uint64 leafIndex = nextLeafIndex++;
        _register(
            leafIndex, recoveryAddress, authenticatorAddresses, authenticatorPubkeys, offchainSignerCommitment
        );
        uint256[] memory leaves = new uint256[](1);
        leaves[0] = offchainSignerCommitment;
        _recordRoot(tree.append(leafIndex, leaves));
    }

    /// Creates many accounts with one insertion into the tree. One invalid account reverts the whole call.
    function createManyAccounts(
        address[] calldata recoveryAddresses,
        address[][] calldata authenticatorAddresses,
        uint256[][] calldata authenticatorPubkeys,
        uint256[] calldata offchainSignerCommitments
    ) external {
        uint256 count = recoveryAddresses.length;
        if (count == 0) revert EmptyAddressArray();
        if (
            authenticatorAddresses.length != count || authenticatorPubkeys.length != count
                || offchainSignerCommitments.length != count
        ) revert MismatchingArrayLengths();
        RegistrationFee.requireFunds(feeToken, registrationFee, count);

        uint64 first = nextLeafIndex;
        for (uint256 i = 0; i < count; ++i) {
            _register(
                first + uint64(i),
                recoveryAddresses[i],
                authenticatorAddresses[i],
                authenticatorPubkeys[i],
                offchainSignerCommitments[i]
            );
        }
        nextLeafIndex = first + uint64(count);
        _recordRoot(tree.append(first, offchainSignerCommitments));
    }

    /// Adds an authenticator in a free slot. Any authenticator of the account may sign.
    function insertAuthenticator(
        uint64 leafIndex,
        address newAuthenticatorAddress,
        uint32 pubkeyId,
        uint256 newAuthenticatorPubkey,
        uint256 oldOffchainSignerCommitment,
        uint256 newOffchainSignerCommitment,
        bytes calldata signature,
        uint256 nonce
    ) external {
        _requireInsertable(newAuthenticatorAddress);
        if (pubkeyId >= maxAuthenticators) revert PubkeyIdOutOfBounds();
        if (accounts[leafIndex].slots & _slot(pubkeyId) != 0) revert PubkeyIdInUse();
        bytes32 structHash = keccak256(
            abi.encode(
                INSERT_TYPEHASH,
                leafIndex,
                newAuthenticatorAddress,
                pubkeyId,
                newAuthenticatorPubkey,
                newOffchainSignerCommitment,
                nonce
            )
        );
        _authorize(leafIndex, structHash, signature, nonce);

        _insert(leafIndex, newAuthenticatorAddress, pubkeyId);
        emit AuthenticatorInserted(
            leafIndex,
            pubkeyId,
            newAuthenticatorAddress,
            newAuthenticatorPubkey,
            oldOffchainSignerCommitment,
            newOffchainSignerCommitment
        );
        _updateLeaf(leafIndex, oldOffchainSignerCommitment, newOffchainSignerCommitment);
    }

    /// Removes an authenticator and frees its slot. Any authenticator of the account may sign, including the
    /// removed authenticator.
    function removeAuthenticator(
        uint64 leafIndex,
        address authenticatorAddress,
        uint32 pubkeyId,
        uint256 authenticatorPubkey,
        uint256 oldOffchainSignerCommitment,
        uint256 newOffchainSignerCommitment,
        bytes calldata signature,
        uint256 nonce
    ) external {
        bytes32 structHash = keccak256(
            abi.encode(
                REMOVE_TYPEHASH,
                leafIndex,
                authenticatorAddress,
                pubkeyId,
                authenticatorPubkey,
                newOffchainSignerCommitment,
                nonce
            )
        );
        _authorize(leafIndex, structHash, signature, nonce);

        _remove(leafIndex, authenticatorAddress, pubkeyId);
        emit AuthenticatorRemoved(
            leafIndex,
            pubkeyId,
            authenticatorAddress,
            authenticatorPubkey,
            oldOffchainSignerCommitment,
            newOffchainSignerCommitment
        );
        _updateLeaf(leafIndex, oldOffchainSignerCommitment, newOffchainSignerCommitment);
    }

    /// Puts a new authenticator into slot 0 and invalidates all other authenticators. The recovery agent signs. If
    /// the agent has code, the code is asked (see `AgentSignature`).
    function recoverAccount(
        uint64 leafIndex,
        address newAuthenticatorAddress,
        uint256 newAuthenticatorPubkey,
        uint256 oldOffchainSignerCommitment,
        uint256 newOffchainSignerCommitment,
        bytes calldata signature,
        uint256 nonce
    ) external {
        _requireAccount(leafIndex);
        _useNonce(leafIndex, nonce);
        address agent = _recoveryAgent(leafIndex);
        if (agent == address(0)) revert RecoveryNotEnabled();
        bytes32 structHash = keccak256(
            abi.encode(
                RECOVER_TYPEHASH,
                leafIndex,
                newAuthenticatorAddress,
                newAuthenticatorPubkey,
                newOffchainSignerCommitment,
                nonce
            )
        );
        if (!AgentSignature.isSignedBy(agent, _digest(structHash), signature)) revert InvalidSignature();
        _requireFree(newAuthenticatorAddress);

        _endAgentUpdates(leafIndex);
        Account storage account = accounts[leafIndex];
        ++account.recoveryCounter;
        account.slots = _slot(0);
        _assign(newAuthenticatorAddress, leafIndex, 0);
        emit AccountRecovered(
            leafIndex,
            newAuthenticatorAddress,
            newAuthenticatorPubkey,
            oldOffchainSignerCommitment,
            newOffchainSignerCommitment
        );
        _updateLeaf(leafIndex, oldOffchainSignerCommitment, newOffchainSignerCommitment);
    }

    function _requireInsertable(address candidate) internal view virtual;

    /// Fills the slot.
    function _insert(uint64 leafIndex, address authenticator, uint32 pubkeyId) internal virtual;

    /// Checks the authenticator and the slot, and frees the slot.
    function _remove(uint64 leafIndex, address authenticator, uint32 pubkeyId) internal virtual;

    /// Undoes the updates of the agent that do not count yet.
    function _endAgentUpdates(uint64 leafIndex) internal virtual;

    function _register(
        uint64 leafIndex,
        address recoveryAddress,
        address[] calldata addresses,
        uint256[] calldata pubkeys,
        uint256 commitment
    ) private {
        RegistrationFee.collect(feeToken, feeRecipient, registrationFee);
        uint256 count = addresses.length;
        if (count > maxAuthenticators) revert PubkeyIdOutOfBounds();
        if (count == 0) revert EmptyAddressArray();
        if (count != pubkeys.length) revert MismatchingArrayLengths();
        for (uint256 i = 0; i < count; ++i) {
            _requireFree(addresses[i]);
            authenticators[addresses[i]] = AccountData.pack(0, uint32(i), leafIndex);
        }
        accounts[leafIndex].recoveryAgent = recoveryAddress;
        accounts[leafIndex].slots = uint96((1 << count) - 1);
        emit AccountCreated(leafIndex, recoveryAddress, addresses, pubkeys, commitment);
    }

    function _requireAccount(uint64 leafIndex) internal view {
        if (leafIndex == 0 || leafIndex >= nextLeafIndex) revert AccountDoesNotExist(leafIndex);
    }

    /// An address is free if no account used it, or if the account was recovered later.
    function _requireFree(address candidate) internal view {
        if (candidate == address(0)) revert ZeroAddress();
        uint256 packed = authenticators[candidate];
        if (packed != 0 && packed.recoveryCounterOf() >= accounts[packed.leafIndexOf()].recoveryCounter) {
            revert AuthenticatorAddressAlreadyInUse(candidate);
        }
    }

    /// Checks that an authenticator of the account signed, and uses the nonce.
    function _authorize(uint64 leafIndex, bytes32 structHash, bytes calldata signature, uint256 nonce) internal {
        _requireSigner(leafIndex, structHash, signature);
        _useNonce(leafIndex, nonce);
    }

    /// Returns the signer: a known address that no recovery has invalidated, of this account.
    function _requireSigner(uint64 leafIndex, bytes32 structHash, bytes calldata signature)
        internal
        view
        returns (address signer)
    {
        signer = Ecdsa.recover(_digest(structHash), signature);
        uint256 packed = authenticators[signer];
        if (packed == 0) revert AuthenticatorDoesNotExist(signer);
        uint64 actual = packed.leafIndexOf();
        _requireRecoveryCounter(actual, packed);
        if (actual != leafIndex) revert MismatchedLeafIndex(leafIndex, actual);
    }

    /// Checks that the address is the authenticator of the account in the slot.
    function _requireAuthenticator(uint64 leafIndex, address authenticator, uint32 pubkeyId) internal view {
        uint256 packed = authenticators[authenticator];
        if (packed == 0) revert AuthenticatorDoesNotExist(authenticator);
        uint64 actual = packed.leafIndexOf();
        if (actual != leafIndex) revert AuthenticatorDoesNotBelongToAccount(leafIndex, actual);
        _requireSlot(packed, pubkeyId);
        _requireRecoveryCounter(leafIndex, packed);
    }

    function _requireSlot(uint256 packed, uint32 pubkeyId) internal pure {
        uint32 actual = packed.pubkeyIdOf();
        if (actual != pubkeyId) revert MismatchedPubkeyId(pubkeyId, actual);
    }

    function _requireRecoveryCounter(uint64 leafIndex, uint256 packed) private view {
        uint32 expected = accounts[leafIndex].recoveryCounter;
        uint32 actual = packed.recoveryCounterOf();
        if (actual != expected) revert MismatchedRecoveryCounter(leafIndex, expected, actual);
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

    function _updateLeaf(uint64 leafIndex, uint256 oldCommitment, uint256 newCommitment) internal {
        _recordRoot(tree.update(leafIndex, oldCommitment, newCommitment));
    }

    /// The bit of the slot in `Account.slots`.
    function _slot(uint256 pubkeyId) internal pure returns (uint96) {
        return uint96(1 << pubkeyId);
    }
}
