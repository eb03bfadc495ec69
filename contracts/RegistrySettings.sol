// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {RegistryState} from "./RegistryState.sol";
import {Upgradeable} from "./Upgradeable.sol";

/// The settings of the registry, which the owner changes.
abstract contract RegistrySettings is RegistryState, Upgradeable {
    function setMaxAuthenticators(uint256 newMaxAuthenticators) external onlyOwner {
        if (newMaxAuthenticators > _maxAuthenticatorsLimit()) revert OwnerMaxAuthenticatorsOutOfBounds();
        emit MaxAuthenticatorsUpdated(maxAuthenticators, newMaxAuthenticators);
        maxAuthenticators = newMaxAuthenticators;
    }

    function setRootValidityWindow(uint256 newWindow) external onlyOwner {
        emit RootValidityWindowUpdated(rootValidityWindow, newWindow);
        rootValidityWindow = newWindow;
    }

    function setRecoveryAgentUpdateCooldown(uint256 newCooldown) external onlyOwner {
        emit RecoveryAgentUpdateCooldownUpdated(recoveryAgentUpdateCooldown, newCooldown);
        recoveryAgentUpdateCooldown = newCooldown;
    }

    function setRegistrationFee(uint256 newFee) external onlyOwner {
        emit RegistrationFeeUpdated(registrationFee, newFee);
        registrationFee = newFee;
    }

    function setFeeToken(address newFeeToken) external onlyOwner {
        if (newFeeToken == address(0)) revert ZeroAddress();
        emit FeeTokenUpdated(feeToken, newFeeToken);
        feeToken = newFeeToken;
    }

    function setFeeRecipient(address newFeeRecipient) external onlyOwner {
        if (newFeeRecipient == address(0)) revert ZeroAddress();
        emit FeeRecipientUpdated(feeRecipient, newFeeRecipient);
        feeRecipient = newFeeRecipient;
    }

    /// The greatest possible maximum: the number of slots in `Account.slots`.
    function _maxAuthenticatorsLimit() internal pure virtual returns (uint256);
}
