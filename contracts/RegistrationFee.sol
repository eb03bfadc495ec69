// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

interface Token {
    function balanceOf(address account) external view returns (uint256);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// Collects the price of new accounts from the sender of the call. In a batch, the sender is Multicall3.
library RegistrationFee {
    error InsufficientFunds();
    error SafeERC20FailedOperation(address token);

    /// Reverts if the sender has too few tokens for a number of accounts.
    function requireFunds(address token, uint256 fee, uint256 count) internal view {
        if (fee > 0 && Token(token).balanceOf(msg.sender) < fee * count) revert InsufficientFunds();
    }

    /// Transfers the price of one account. A token may return nothing, or `true`.
    function collect(address token, address recipient, uint256 fee) internal {
        if (fee == 0) return;
        bytes memory transfer = abi.encodeCall(Token.transferFrom, (msg.sender, recipient, fee));
        (bool success, bytes memory answer) = token.call(transfer);
        if (!success && answer.length > 0) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        if (!success || (answer.length > 0 && !abi.decode(answer, (bool)))) revert SafeERC20FailedOperation(token);
    }
}
