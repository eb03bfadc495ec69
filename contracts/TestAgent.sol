// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {AgentSignature} from "./AgentSignature.sol";
import {Ecdsa} from "./Ecdsa.sol";

/// A recovery agent with code (ERC-1271) for tests. It answers honestly for the key of its owner. While the
/// trigger is true, it misbehaves instead. All parameters are in the code, so a key may delegate to this contract.
contract TestAgent {
    enum Trigger {
        Never,
        Always,
        /// Multicall3 has its own code: in a simulation a state override may have replaced it.
        WhenCodeIsReal,
        /// The transaction pays for gas: a simulation does not.
        WhenGasIsPaid,
        /// The block has a beneficiary: in a simulation it may be the zero address.
        WhenBlockHasCoinbase
    }

    enum Misbehaviour {
        Loop,
        Invalid,
        Revert,
        SayNo,
        ReturnMuch
    }

    address private constant MULTICALL = 0xcA11bde05977b3631167028862bE2a173976CA11;

    /// Bytes of a long answer.
    uint256 private constant MUCH = 100_000;

    address private immutable owner;
    Trigger private immutable trigger;
    Misbehaviour private immutable misbehaviour;
    bytes32 private immutable realCode;

    constructor(address owner_, Trigger trigger_, Misbehaviour misbehaviour_) {
        owner = owner_;
        trigger = trigger_;
        misbehaviour = misbehaviour_;
        realCode = MULTICALL.codehash;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (_isTriggered()) {
            if (misbehaviour == Misbehaviour.Loop) _loop();
            if (misbehaviour == Misbehaviour.Invalid) _burn();
            if (misbehaviour == Misbehaviour.Revert) revert("no");
            if (misbehaviour == Misbehaviour.SayNo) return 0xffffffff;
            _returnMuch();
        }
        (address signer,) = Ecdsa.tryRecover(digest, signature);
        return signer == owner ? AgentSignature.VALID : bytes4(0xffffffff);
    }

    function _isTriggered() private view returns (bool) {
        if (trigger == Trigger.Always) return true;
        if (trigger == Trigger.WhenCodeIsReal) return MULTICALL.codehash == realCode;
        if (trigger == Trigger.WhenGasIsPaid) return tx.gasprice > 0;
        return trigger == Trigger.WhenBlockHasCoinbase && block.coinbase != address(0);
    }

    function _loop() private pure {
        assembly {
            for {} 1 {} {}
        }
    }

    function _burn() private pure {
        assembly {
            invalid()
        }
    }

    /// The answer "valid", followed by zeros.
    function _returnMuch() private pure {
        bytes32 valid = bytes32(AgentSignature.VALID);
        assembly {
            mstore(0, valid)
            return(0, MUCH)
        }
    }
}
