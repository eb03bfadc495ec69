// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// Tries calls and tells for each what became of it and what gas it took. It is never deployed: an `eth_call`
/// with a state override puts its runtime code at the address of the contract that will make the calls for
/// real (Multicall3), so the targets see the same `msg.sender`.
///
/// A call may be *isolated*: it then runs in a frame that is always undone, so what follows does not see it.
/// Calls that are not isolated see the effects of those before them, as in a transaction. One request can
/// therefore ask both "is each of these good alone?" and "what do they do together?".
contract Simulator {
    struct Call {
        address target;
        bool isolated;
        bytes data;
    }

    struct Outcome {
        bool success;
        /// What the call took from its caller: its own gas and that of the CALL instruction. Refunds are not
        /// deducted, as a gas limit must do without them.
        uint256 gasUsed;
        /// What it returned or reverted with, cut off at `MAX_RETURN` bytes.
        bytes returnData;
    }

    error OnlySelf();

    /// A call can have no more gas than a transaction can (EIP-7825). It also leaves the others theirs when
    /// one burns all that it is given.
    uint256 private constant MAX_GAS = 1 << 24;

    /// Bytes of return data that are kept of a call: more than any custom error needs.
    uint256 private constant MAX_RETURN = 1024;

    /// Makes the calls in order and returns their outcomes in the same order.
    function run(Call[] calldata calls) external returns (Outcome[] memory outcomes) {
        uint256 count = calls.length;
        outcomes = new Outcome[](count);
        for (uint256 i = 0; i < count; ++i) {
            Call calldata call = calls[i];
            outcomes[i] =
                call.isolated ? _isolated(call.target, call.data) : _measured(call.target, call.data);
        }
    }

    /// Makes a call and reverts with its outcome, which undoes it. An inner frame of `run`, not an entry of
    /// its own: a target that calls back may start nothing here.
    function undo(address target, bytes calldata data) external {
        if (msg.sender != address(this)) revert OnlySelf();
        bytes memory outcome = abi.encode(_measured(target, data));
        assembly ("memory-safe") {
            revert(add(outcome, 0x20), mload(outcome))
        }
    }

    function _isolated(address target, bytes calldata data) private returns (Outcome memory) {
        uint256 gasBefore = gasleft();
        try this.undo(target, data) {
            // Not reached: it always reverts.
        } catch (bytes memory outcome) {
            if (outcome.length != 0) return abi.decode(outcome, (Outcome));
        }
        // The frame itself ran out of gas before it could tell.
        return Outcome(false, gasBefore - gasleft(), "");
    }

    function _measured(address target, bytes memory data) private returns (Outcome memory outcome) {
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
        return Outcome(success, gasUsed, returnData);
    }
}
