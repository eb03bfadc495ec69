// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// Makes calls and returns the result and the gas of each. The contract is not deployed: an `eth_call` with a
/// state override puts its runtime code at the address of Multicall3, which makes the calls in a transaction.
/// The targets therefore see the same `msg.sender`.
///
/// An *isolated* call runs in a frame that always reverts, so later calls do not see its effects. A call that
/// is not isolated sees the effects of the calls before, as in a transaction. One request can therefore check
/// every call alone and all calls together.
contract Simulator {
    struct Call {
        address target;
        bool isolated;
        bytes data;
    }

    struct Result {
        bool success;
        /// Gas of the call, including the CALL instruction. Refunds are not deducted, because a gas limit has to
        /// cover the gas before refunds.
        uint256 gasUsed;
        /// Return or revert data, at most `MAX_RETURN` bytes.
        bytes returnData;
    }

    error OnlySelf();

    /// The gas limit of a transaction (EIP-7825) is the limit of a call. A call that burns all its gas
    /// therefore leaves gas for the other calls.
    uint256 private constant MAX_GAS = 1 << 24;

    /// Maximum length of the return data of a call. Every custom error is shorter.
    uint256 private constant MAX_RETURN = 1024;

    /// Makes the calls in order and returns the results in the same order.
    function run(Call[] calldata calls) external returns (Result[] memory results) {
        uint256 count = calls.length;
        results = new Result[](count);
        for (uint256 i = 0; i < count; ++i) {
            Call calldata call = calls[i];
            results[i] =
                call.isolated ? _isolated(call.target, call.data) : _measured(call.target, call.data);
        }
    }

    /// Makes a call and reverts with its result, which undoes the call. Only `run` may call this function: a
    /// target that calls back must not start calls.
    function undo(address target, bytes calldata data) external {
        if (msg.sender != address(this)) revert OnlySelf();
        bytes memory result = abi.encode(_measured(target, data));
        assembly ("memory-safe") {
            revert(add(result, 0x20), mload(result))
        }
    }

    function _isolated(address target, bytes calldata data) private returns (Result memory) {
        uint256 gasBefore = gasleft();
        try this.undo(target, data) {
            // Not reached: `undo` always reverts.
        } catch (bytes memory result) {
            if (result.length != 0) return abi.decode(result, (Result));
        }
        // The frame ran out of gas before it could return the result.
        return Result(false, gasBefore - gasleft(), "");
    }

    function _measured(address target, bytes memory data) private returns (Result memory result) {
        bool success;
        uint256 gasUsed;
        bytes memory returnData;
        assembly ("memory-safe") {
            let gasBefore := gas()
            success := call(MAX_GAS, target, 0, add(data, 0x20), mload(data), 0, 0)
            gasUsed := sub(gasBefore, gas())

            let size := returndatasize()
            if gt(size, MAX_RETURN) { size := MAX_RETURN }
            returnData := mload(0x40)
            mstore(0x40, add(returnData, and(add(size, 0x3f), not(0x1f))))
            mstore(returnData, size)
            returndatacopy(add(returnData, 0x20), 0, size)
        }
        return Result(success, gasUsed, returnData);
    }
}
