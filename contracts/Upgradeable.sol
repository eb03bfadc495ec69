// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {Ownable} from "./Ownable.sol";

/// An implementation behind a proxy of ERC-1967, which the owner replaces in place (UUPS, ERC-1822). The state stays in
/// the proxy.
abstract contract Upgradeable is Ownable {
    event Upgraded(address indexed implementation);

    error ERC1967InvalidImplementation(address implementation);
    error ERC1967NonPayable();
    error UUPSUnauthorizedCallContext();
    error UUPSUnsupportedProxiableUUID(bytes32 slot);

    string public constant UPGRADE_INTERFACE_VERSION = "5.0.0";

    /// keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    /// The implementation. Its code differs from `address(this)` in a call through the proxy.
    address private immutable self = address(this);

    /// The slot of the implementation's address. A proxy must not be an implementation, because it could not be
    /// replaced.
    function proxiableUUID() external view returns (bytes32) {
        if (address(this) != self) revert UUPSUnauthorizedCallContext();
        return IMPLEMENTATION_SLOT;
    }

    /// Replaces the implementation, and makes a call to the new one unless `data` is empty.
    function upgradeToAndCall(address newImplementation, bytes calldata data) external payable onlyOwner {
        if (address(this) == self) revert UUPSUnauthorizedCallContext();
        _requireImplementation(newImplementation);
        assembly {
            sstore(IMPLEMENTATION_SLOT, newImplementation)
        }
        emit Upgraded(newImplementation);
        if (data.length > 0) return _delegate(newImplementation, data);
        if (msg.value > 0) revert ERC1967NonPayable();
    }

    function _requireImplementation(address candidate) private view {
        if (candidate.code.length == 0) revert ERC1967InvalidImplementation(candidate);
        try Upgradeable(candidate).proxiableUUID() returns (bytes32 slot) {
            if (slot != IMPLEMENTATION_SLOT) revert UUPSUnsupportedProxiableUUID(slot);
        } catch {
            revert ERC1967InvalidImplementation(candidate);
        }
    }

    function _delegate(address implementation, bytes calldata data) private {
        (bool success, bytes memory reason) = implementation.delegatecall(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }
}
