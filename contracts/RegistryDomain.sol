// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// The EIP-712 domain that the registry's operations are signed for.
abstract contract RegistryDomain {
    string private constant NAME = "WorldIDRegistry";
    string private constant VERSION = "1.0";

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

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

    /// What is signed for a message whose struct has this hash.
    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparatorV4(), structHash));
    }
}
