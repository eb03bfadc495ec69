// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// Recovers the signer of a digest from 65 bytes r, s, v. Every signature has one valid form: s in the lower
/// half of the curve's order (EIP-2), and v = 27 or 28. The errors have the names of the library of the
/// deployed registry, so that clients decode both in the same way.
library Ecdsa {
    error ECDSAInvalidSignature();
    error ECDSAInvalidSignatureLength(uint256 length);
    error ECDSAInvalidSignatureS(bytes32 s);

    enum Flaw {
        None,
        Length,
        HighS,
        Unrecoverable
    }

    /// Half of the order of secp256k1, rounded down: the greatest s of a canonical signature.
    uint256 private constant MAX_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// Returns the signer. Reverts with the flaw of an invalid signature.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        (address signer, Flaw flaw) = tryRecover(digest, signature);
        if (flaw == Flaw.Length) revert ECDSAInvalidSignatureLength(signature.length);
        if (flaw == Flaw.HighS) revert ECDSAInvalidSignatureS(bytes32(signature[32:64]));
        if (flaw == Flaw.Unrecoverable) revert ECDSAInvalidSignature();
        return signer;
    }

    /// Returns the signer, or the zero address and the flaw.
    function tryRecover(bytes32 digest, bytes calldata signature) internal pure returns (address, Flaw) {
        if (signature.length != 65) return (address(0), Flaw.Length);
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) > MAX_S) return (address(0), Flaw.HighS);
        // If v is not 27 or 28, the precompile returns no data, and `ecrecover` the zero address.
        address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), s);
        return (signer, signer == address(0) ? Flaw.Unrecoverable : Flaw.None);
    }
}
