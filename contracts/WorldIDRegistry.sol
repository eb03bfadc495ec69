// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {AccountData} from "./AccountData.sol";
import {Ecdsa} from "./Ecdsa.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {RegistryEvents} from "./RegistryEvents.sol";

/// A registry of World ID accounts for development chains. To those who send it operations it is the deployed
/// registry's version 1: the same selectors, EIP-712 domain and types, per-account nonce, events, errors, order of checks
/// and, within a few per cent, gas. It is not fit to hold real accounts: the tree hashes otherwise (see `MerkleTree`),
/// nobody owns it, nothing upgrades it, it takes no fee, recovery agents are plain keys (no ERC-1271) and cannot be
/// changed.
///
/// An account is a leaf of the tree: a commitment to its off-chain signers. Its authenticators are addresses that may
/// sign its operations, each in one of seven slots ("pubkey ids"). Anybody may submit what an authenticator signed.
contract WorldIDRegistry is RegistryEvents {
    using AccountData for uint256;
    using MerkleTree for MerkleTree.Tree;

    uint256 private constant MAX_AUTHENTICATORS = 7;

    /// Seconds for which a root stays valid after it was recorded. The latest is always valid.
    uint256 private constant ROOT_VALIDITY_WINDOW = 3600;

    string private constant NAME = "WorldIDRegistry";
    string private constant VERSION = "1.0";

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
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

    /// What an account keeps besides its leaf and its authenticators.
    struct Account {
        /// May recover the account; zero for nobody.
        address recoveryAgent;
        /// Which of the slots are taken: bit i for pubkey id i.
        uint96 slots;
        /// How often it was recovered; authenticators of an earlier count are void.
        uint32 recoveryCounter;
        /// Must be in the next operation.
        uint224 signatureNonce;
    }

    /// The index of the next account to be created. Leaf 0 is never used; until `initialize` this is zero.
    uint64 private nextLeafIndex;

    MerkleTree.Tree private tree;
    uint256 private latestRoot;
    mapping(uint256 root => uint256 timestamp) private rootTimestamps;

    mapping(uint64 leafIndex => Account) private accounts;
    mapping(address authenticator => uint256 packedAccountData) private authenticators;

    /// Closes the implementation itself, so that only proxies are ever initialized.
    constructor() {
        nextLeafIndex = type(uint64).max;
    }

    // --- Set-up ---------------------------------------------------------------------------------------------------

    /// The parameters are the deployed registry's; of the fee only "none" is accepted.
    function initialize(uint256 initialTreeDepth, address, address, uint256 registrationFee) external {
        if (nextLeafIndex != 0) revert InvalidInitialization();
        if (initialTreeDepth != MerkleTree.DEPTH) revert DepthNotSupported();
        if (registrationFee != 0) revert RegistrationFeeNotSupported();
        nextLeafIndex = 1;
        _recordRoot(tree.root());
    }

    // --- Operations -----------------------------------------------------------------------------------------------

    /// Creates an account; its authenticators take the slots from 0 on.
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

    /// Creates many accounts with one insertion into the tree: all of them or, if one is refused, none.
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

    /// Adds an authenticator in a free slot. Signed by any authenticator of the account.
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

    /// Puts a new authenticator in an old one's slot. Signed by the old one.
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

    /// Removes an authenticator and frees its slot. Signed by any authenticator of the account, itself included.
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

    /// Gives the account a new authenticator in slot 0 and voids all others. Signed by its recovery agent.
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
        (address signer,) = Ecdsa.tryRecover(_digest(structHash), signature);
        if (signer != agent) revert InvalidSignature();
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

    // --- Views ----------------------------------------------------------------------------------------------------

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

    /// The EIP-712 domain separator; the verifying contract is the proxy.
    function domainSeparatorV4() public view returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, address(this)
            )
        );
    }

    /// The domain's fields, after ERC-5267: all but a salt.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (0x0f, NAME, VERSION, block.chainid, address(this), bytes32(0), new uint256[](0));
    }

    // --- Inside ---------------------------------------------------------------------------------------------------

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

    /// Checks that an authenticator of the account signed, and uses the nonce up. Returns the signer.
    function _authorize(uint64 leafIndex, bytes32 structHash, bytes calldata signature, uint256 nonce)
        private
        returns (address signer)
    {
        signer = Ecdsa.recover(_digest(structHash), signature);
        _requireAuthenticator(signer, leafIndex);
        _useNonce(leafIndex, nonce);
    }

    /// An address is free if nobody had it, or an account that was recovered since.
    function _requireFree(address candidate) private view {
        if (candidate == address(0)) revert ZeroAddress();
        uint256 packed = authenticators[candidate];
        if (packed != 0 && packed.recoveryCounterOf() >= accounts[packed.leafIndexOf()].recoveryCounter) {
            revert AuthenticatorAddressAlreadyInUse(candidate);
        }
    }

    /// An address is the account's if it is known, was not voided by a recovery, and is of this leaf.
    function _requireAuthenticator(address candidate, uint64 leafIndex) private view {
        uint256 packed = authenticators[candidate];
        if (packed == 0) revert AuthenticatorDoesNotExist(candidate);
        uint64 actual = packed.leafIndexOf();
        uint32 counter = accounts[actual].recoveryCounter;
        if (packed.recoveryCounterOf() != counter) {
            revert MismatchedRecoveryCounter(actual, counter, packed.recoveryCounterOf());
        }
        if (actual != leafIndex) revert AuthenticatorDoesNotBelongToAccount(leafIndex, actual);
    }

    function _requireSlot(address authenticator, uint32 pubkeyId) private view {
        uint32 actual = authenticators[authenticator].pubkeyIdOf();
        if (actual != pubkeyId) revert MismatchedPubkeyId(actual, pubkeyId);
    }

    function _useNonce(uint64 leafIndex, uint256 nonce) private {
        uint256 expected = accounts[leafIndex].signatureNonce;
        if (nonce != expected) revert MismatchedSignatureNonce(leafIndex, expected, nonce);
        ++accounts[leafIndex].signatureNonce;
    }

    function _assign(address authenticator, uint64 leafIndex, uint32 pubkeyId) private {
        authenticators[authenticator] = AccountData.pack(accounts[leafIndex].recoveryCounter, pubkeyId, leafIndex);
    }

    function _recordRoot(uint256 root) private {
        latestRoot = root;
        rootTimestamps[root] = block.timestamp;
        emit RootRecorded(root, block.timestamp);
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparatorV4(), structHash));
    }

    function _slot(uint32 pubkeyId) private pure returns (uint96) {
        return uint96(1) << pubkeyId;
    }
}
