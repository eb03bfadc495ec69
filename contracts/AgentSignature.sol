// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

import {Ecdsa} from "./Ecdsa.sol";

/// Decides whether a recovery agent signed a digest, as the library of the deployed registry does. An agent
/// without code is a key. An agent with code (a contract, or a key with a delegation by EIP-7702) is asked for its
/// answer (ERC-1271), with all gas that the EVM allows.
library AgentSignature {
    /// The selector of `isValidSignature(bytes32,bytes)`. The answer "valid" is the same value.
    bytes4 internal constant VALID = 0x1626ba7e;

    function isSignedBy(address agent, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (agent.code.length > 0) return _answersValid(agent, digest, signature);
        (address signer,) = Ecdsa.tryRecover(digest, signature);
        return signer == agent;
    }

    /// Only the first word of the answer is copied: a long answer costs the caller nothing.
    function _answersValid(address agent, bytes32 digest, bytes calldata signature)
        private
        view
        returns (bool isValid)
    {
        bytes memory question = abi.encodeWithSelector(VALID, digest, signature);
        bytes32 valid = bytes32(VALID);
        assembly ("memory-safe") {
            let success := staticcall(gas(), agent, add(question, 0x20), mload(question), 0, 0x20)
            isValid := and(and(success, gt(returndatasize(), 0x1f)), eq(mload(0), valid))
        }
    }
}
