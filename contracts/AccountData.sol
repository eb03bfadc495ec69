// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// The registry's data of an authenticator address, packed in one word: `[32 recoveryCounter][32 pubkeyId][128
/// reserved][64 leafIndex]`, highest bits first. Zero means "unknown address", so leaf indices start at 1.
library AccountData {
    function pack(uint32 recoveryCounter, uint32 pubkeyId, uint64 leafIndex) internal pure returns (uint256) {
        return uint256(recoveryCounter) << 224 | uint256(pubkeyId) << 192 | leafIndex;
    }

    function recoveryCounterOf(uint256 packed) internal pure returns (uint32) {
        return uint32(packed >> 224);
    }

    function pubkeyIdOf(uint256 packed) internal pure returns (uint32) {
        return uint32(packed >> 192);
    }

    function leafIndexOf(uint256 packed) internal pure returns (uint64) {
        return uint64(packed);
    }
}
