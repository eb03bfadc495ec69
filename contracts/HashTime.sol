// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// Uses up all its gas on field arithmetic. The local chain puts this code at the address that the Merkle tree calls for
/// each hash, if hashes shall take a node about as much time as the Poseidon2 of the deployed registry.
contract HashTime {
    /// Order of the scalar field of BN254.
    uint256 private constant FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    fallback() external {
        assembly {
            let x := 3
            for {} 1 {} {
                x := mulmod(x, x, FIELD)
                x := mulmod(x, x, FIELD)
                x := mulmod(x, x, FIELD)
                x := mulmod(x, x, FIELD)
                x := mulmod(x, x, FIELD)
                x := mulmod(x, x, FIELD)
                x := mulmod(x, x, FIELD)
                x := mulmod(x, x, FIELD)
                // The compiler would remove the arithmetic if its result had no use.
                mstore(0, x)
            }
        }
    }
}
