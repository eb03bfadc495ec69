// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// The proxy of the registry. It delegates every call to the implementation, whose address is in the storage slot of
/// ERC-1967. The implementation replaces it (see `Upgradeable`).
contract ERC1967Proxy {
    event Upgraded(address indexed implementation);

    /// keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    /// @param implementation The contract to delegate to.
    /// @param initialization The initializing call. The constructor makes it, so that no other sender can.
    constructor(address implementation, bytes memory initialization) payable {
        assembly {
            sstore(IMPLEMENTATION_SLOT, implementation)
        }
        emit Upgraded(implementation);

        (bool success, bytes memory reason) = implementation.delegatecall(initialization);
        if (!success) {
            assembly {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }

    fallback() external payable {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), sload(IMPLEMENTATION_SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch success
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}
