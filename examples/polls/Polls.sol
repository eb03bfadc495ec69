// SPDX-License-Identifier: MIT
pragma solidity 0.8.28;

/// Polls whose votes are signed messages. Anybody may send a vote to the contract: the signature decides, never the sender.
/// So a gateway can send many votes in one transaction, through Multicall3.
contract Polls {
    event PollOpened(uint64 indexed pollId, bytes32 indexed question, uint8 options);
    event Voted(address indexed voter, uint64 indexed pollId, uint8 option);
    event VoteWithdrawn(address indexed voter, uint64 indexed pollId);

    error QuestionAlreadyAsked(bytes32 question);
    error TooFewOptions(uint8 options);
    error UnknownPoll(uint64 pollId);
    error UnknownOption(uint64 pollId, uint8 option);
    error AlreadyVoted(address voter, uint64 pollId);
    error NotVoted(address voter, uint64 pollId);
    error WrongSigner(address voter, address signer);
    error WrongNonce(address voter, uint256 expected, uint256 actual);

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant VOTE_TYPEHASH =
        keccak256("Vote(address voter,uint64 pollId,uint8 option,uint256 nonce)");
    bytes32 private constant WITHDRAWAL_TYPEHASH =
        keccak256("Withdrawal(address voter,uint64 pollId,uint256 nonce)");

    struct Poll {
        uint8 options;
        mapping(uint8 => uint256) votes;
        /// Option of a voter, counted from 1; 0 for no vote.
        mapping(address => uint8) choices;
    }

    uint64 public pollCount;
    mapping(bytes32 => bool) public isAsked;
    /// The next nonce of a voter. Every signed message uses one.
    mapping(address => uint256) public nonces;
    mapping(uint64 => Poll) private polls;

    /// Opens a poll, without signature. A question is asked once.
    function openPoll(bytes32 question, uint8 options) external returns (uint64 pollId) {
        if (options < 2) revert TooFewOptions(options);
        if (isAsked[question]) revert QuestionAlreadyAsked(question);
        isAsked[question] = true;
        pollCount += 1;
        pollId = pollCount;
        polls[pollId].options = options;
        emit PollOpened(pollId, question, options);
    }

    function vote(address voter, uint64 pollId, uint8 option, uint256 nonce, bytes calldata signature) external {
        Poll storage poll = _poll(pollId);
        if (option >= poll.options) revert UnknownOption(pollId, option);
        _useNonce(voter, keccak256(abi.encode(VOTE_TYPEHASH, voter, pollId, option, nonce)), nonce, signature);
        if (poll.choices[voter] != 0) revert AlreadyVoted(voter, pollId);
        poll.choices[voter] = option + 1;
        poll.votes[option] += 1;
        emit Voted(voter, pollId, option);
    }

    function withdrawVote(address voter, uint64 pollId, uint256 nonce, bytes calldata signature) external {
        Poll storage poll = _poll(pollId);
        _useNonce(voter, keccak256(abi.encode(WITHDRAWAL_TYPEHASH, voter, pollId, nonce)), nonce, signature);
        uint8 choice = poll.choices[voter];
        if (choice == 0) revert NotVoted(voter, pollId);
        poll.choices[voter] = 0;
        poll.votes[choice - 1] -= 1;
        emit VoteWithdrawn(voter, pollId);
    }

    function votesOf(uint64 pollId, uint8 option) external view returns (uint256) {
        Poll storage poll = _poll(pollId);
        if (option >= poll.options) revert UnknownOption(pollId, option);
        return poll.votes[option];
    }

    function _poll(uint64 pollId) private view returns (Poll storage) {
        if (pollId == 0 || pollId > pollCount) revert UnknownPoll(pollId);
        return polls[pollId];
    }

    /// Checks the signer first, then the nonce: a wrong nonce proves that the signature is good.
    function _useNonce(address voter, bytes32 structHash, uint256 nonce, bytes calldata signature) private {
        bytes32 separator = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Polls"), keccak256("1"), block.chainid, address(this))
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", separator, structHash));
        address signer = signature.length == 65
            ? ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]))
            : address(0);
        if (signer == address(0) || signer != voter) revert WrongSigner(voter, signer);
        if (nonce != nonces[voter]) revert WrongNonce(voter, nonces[voter], nonce);
        nonces[voter] = nonce + 1;
    }
}
