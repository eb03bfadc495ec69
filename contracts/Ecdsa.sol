// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// Recovers the signer of a digest from 65 bytes r, s, v. It refuses what would make a second signature out
/// of a first: s in the upper half of the curve's order (EIP-2) and v other than 27 or 28. The errors bear
/// the names that the deployed registry's library gives them, so that a client decodes both alike.
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

    /// Half of secp256k1's order, rounded down: the greatest s of a canonical signature.
    uint256 private constant MAX_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// The signer; reverts with the flaw if there is none.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        (address signer, Flaw flaw) = tryRecover(digest, signature);
        if (flaw == Flaw.Length) revert ECDSAInvalidSignatureLength(signature.length);
        if (flaw == Flaw.HighS) revert ECDSAInvalidSignatureS(bytes32(signature[32:64]));
        if (flaw == Flaw.Unrecoverable) revert ECDSAInvalidSignature();
        return signer;
    }

    /// The signer, or the zero address and why there is none.
    function tryRecover(bytes32 digest, bytes calldata signature) internal pure returns (address, Flaw) {
        if (signature.length != 65) return (address(0), Flaw.Length);
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) > MAX_S) return (address(0), Flaw.HighS);
        // The precompile itself answers nothing, i.e. the zero address, for a v other than 27 and 28.
        address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), s);
        return (signer, signer == address(0) ? Flaw.Unrecoverable : Flaw.None);
    }
}
