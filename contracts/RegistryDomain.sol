// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// The EIP-712 domain of the registry, for which users sign operations.
abstract contract RegistryDomain {
    string private constant NAME = "WorldIDRegistry";
    string private constant VERSION = "1.0";

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    /// The EIP-712 domain separator. The verifying contract is the proxy.
    function domainSeparatorV4() public view returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, address(this)
            )
        );
    }

    /// The fields of the domain (ERC-5267). The domain has no salt.
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

    /// The digest that the user signs, from the struct hash of the message.
    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparatorV4(), structHash));
    }
}
