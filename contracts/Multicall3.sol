// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// What the gateway and its clients use of the Multicall3 that stands at
/// 0xcA11bde05977b3631167028862bE2a173976CA11 on nearly every chain, for chains where it does not: the same
/// selectors, answers and error text. Not the canonical bytecode.
contract Multicall3 {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    /// Makes the calls in order. A call that fails reverts all of them unless it allows failure.
    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
        uint256 count = calls.length;
        results = new Result[](count);
        for (uint256 i = 0; i < count; ++i) {
            Call3 calldata call = calls[i];
            (bool success, bytes memory returnData) = call.target.call(call.callData);
            require(success || call.allowFailure, "Multicall3: call failed");
            results[i] = Result(success, returnData);
        }
    }

    function getBlockNumber() external view returns (uint256 blockNumber) {
        return block.number;
    }

    function getBasefee() external view returns (uint256 basefee) {
        return block.basefee;
    }

    function getCurrentBlockTimestamp() external view returns (uint256 timestamp) {
        return block.timestamp;
    }

    function getEthBalance(address addr) external view returns (uint256 balance) {
        return addr.balance;
    }
}
