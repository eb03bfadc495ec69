// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {AccountData} from "./AccountData.sol";
import {AgentSignature} from "./AgentSignature.sol";
import {Ecdsa} from "./Ecdsa.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {RegistryDomain} from "./RegistryDomain.sol";
import {RegistryState} from "./RegistryState.sol";

/// A registry of World ID accounts for development chains. For senders of operations the contract behaves as
/// version 1 of the deployed registry: the same selectors, EIP-712 domain and types, nonce per account, events,
/// errors, order of checks and, within a few per cent, gas. Do not use the contract for real accounts: the tree
/// has another hash (see `MerkleTree`), and the contract has no owner, no upgrades and no fee. The recovery agent
/// of an account cannot be changed.
///
/// An account is a leaf of the tree: a commitment to its off-chain signers. Its authenticators are addresses
/// that may sign its operations, each in one of seven slots ("pubkey ids"). Any sender may submit a signed
/// operation.
contract WorldIDRegistry is RegistryDomain, RegistryState {
    using MerkleTree for MerkleTree.Tree;

    bytes32 private constant INSERT_TYPEHASH = keccak256(
        "InsertAuthenticator(uint64 leafIndex,address newAuthenticatorAddress,uint32 pubkeyId,uint256 newAuthenticatorPubkey,uint256 newOffchainSignerCommitment,uint256 nonce)"
    );
    bytes32 private constant UPDATE_TYPEHASH = keccak256(
        "UpdateAuthenticator(uint64 leafIndex,address oldAuthenticatorAddress,address newAuthenticatorAddress,uint32 pubkeyId,uint256 newAuthenticatorPubkey,uint256 newOffchainSignerCommitment,uint256 nonce)"
    );
    bytes32 private constant REMOVE_TYPEHASH = keccak256(
        "RemoveAuthenticator(uint64 leafIndex,address authenticatorAddress,uint32 pubkeyId,uint256 authenticatorPubkey,uint256 newOffchainSignerCommitment,uint256 nonce)"
    );
    bytes32 private constant RECOVER_TYPEHASH = keccak256(
        "RecoverAccount(uint64 leafIndex,address newAuthenticatorAddress,uint256 newAuthenticatorPubkey,uint256 newOffchainSignerCommitment,uint256 nonce)"
    );

    /// Prevents initialization of the implementation: only proxies can be initialized.
    constructor() {
        nextLeafIndex = type(uint64).max;
    }

    /// Takes the parameters of the deployed registry. The fee must be zero.
    function initialize(uint256 initialTreeDepth, address, address, uint256 registrationFee) external {
        if (nextLeafIndex != 0) revert InvalidInitialization();
        if (initialTreeDepth != MerkleTree.DEPTH) revert DepthNotSupported();
        if (registrationFee != 0) revert RegistrationFeeNotSupported();
        nextLeafIndex = 1;
        _recordRoot(tree.root());
    }

    /// Creates an account. Its authenticators get the slots from 0 upwards.
    function createAccount(
        address recoveryAddress,
        address[] calldata authenticatorAddresses,
        uint256[] calldata authenticatorPubkeys,
        uint256 offchainSignerCommitment
    ) external {
        uint64 leafIndex = nextLeafIndex++;
        uint256[] memory leaves = new uint256[](1);
        leaves[0] = offchainSignerCommitment;
        _register(
            leafIndex, recoveryAddress, authenticatorAddresses, authenticatorPubkeys, offchainSignerCommitment
        );
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
        _requireFree(newAuthenticatorAddress);
        if (pubkeyId >= MAX_AUTHENTICATORS) revert PubkeyIdOutOfBounds();
        Account storage account = accounts[leafIndex];
        if (account.slots & _slot(pubkeyId) != 0) revert PubkeyIdInUse();
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

        account.slots |= _slot(pubkeyId);
        _assign(newAuthenticatorAddress, leafIndex, pubkeyId);
        emit AuthenticatorInserted(
            leafIndex,
            pubkeyId,
            newAuthenticatorAddress,
            newAuthenticatorPubkey,
            oldOffchainSignerCommitment,
            newOffchainSignerCommitment
        );
        _recordRoot(tree.update(leafIndex, oldOffchainSignerCommitment, newOffchainSignerCommitment));
    }

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
        if (oldAuthenticatorAddress == newAuthenticatorAddress) revert ReusedAuthenticatorAddress();
        _requireFree(newAuthenticatorAddress);
        if (pubkeyId >= MAX_AUTHENTICATORS) revert PubkeyIdOutOfBounds();
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
        address signer = _authorize(leafIndex, structHash, signature, nonce);
        if (signer != oldAuthenticatorAddress) {
            revert MismatchedAuthenticatorSigner(oldAuthenticatorAddress, signer);
        }
        _requireSlot(signer, pubkeyId);

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
        _recordRoot(tree.update(leafIndex, oldOffchainSignerCommitment, newOffchainSignerCommitment));
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
        _requireAuthenticator(authenticatorAddress, leafIndex);
        _requireSlot(authenticatorAddress, pubkeyId);

        accounts[leafIndex].slots &= ~_slot(pubkeyId);
        delete authenticators[authenticatorAddress];
        emit AuthenticatorRemoved(
            leafIndex,
            pubkeyId,
            authenticatorAddress,
            authenticatorPubkey,
            oldOffchainSignerCommitment,
            newOffchainSignerCommitment
        );
        _recordRoot(tree.update(leafIndex, oldOffchainSignerCommitment, newOffchainSignerCommitment));
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
        _useNonce(leafIndex, nonce);
        Account storage account = accounts[leafIndex];
        address agent = account.recoveryAgent;
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
        _recordRoot(tree.update(leafIndex, oldOffchainSignerCommitment, newOffchainSignerCommitment));
    }

    function _register(
        uint64 leafIndex,
        address recoveryAddress,
        address[] calldata addresses,
        uint256[] calldata pubkeys,
        uint256 commitment
    ) private {
        uint256 count = addresses.length;
        if (count > MAX_AUTHENTICATORS) revert PubkeyIdOutOfBounds();
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

    /// Checks that an authenticator of the account signed, and consumes the nonce. Returns the signer.
    function _authorize(uint64 leafIndex, bytes32 structHash, bytes calldata signature, uint256 nonce)
        private
        returns (address signer)
    {
        signer = Ecdsa.recover(_digest(structHash), signature);
        _requireAuthenticator(signer, leafIndex);
        _useNonce(leafIndex, nonce);
    }
}
