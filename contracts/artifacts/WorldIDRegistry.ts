/** contracts/WorldIDRegistry.sol, compiled. Written by `npm run contracts`; not to be edited. */
export const WorldIDRegistry = {
  /** Of the sources and the compiler's settings. */
  sourceHash: '0xfc8249ab176bd5dea07a207cf1995eea48edb1e98dd843c32832321cd5bdfa76',
  abi: [
    {
      "inputs": [],
      "stateMutability": "nonpayable",
      "type": "constructor"
    },
    {
      "inputs": [
        {
          "name": "authenticatorAddress",
          "type": "address"
        }
      ],
      "name": "AuthenticatorAddressAlreadyInUse",
      "type": "error"
    },
    {
      "inputs": [
        {
          "name": "expectedLeafIndex",
          "type": "uint64"
        },
        {
          "name": "actualLeafIndex",
          "type": "uint64"
        }
      ],
      "name": "AuthenticatorDoesNotBelongToAccount",
      "type": "error"
    },
    {
      "inputs": [
        {
          "name": "authenticatorAddress",
          "type": "address"
        }
      ],
      "name": "AuthenticatorDoesNotExist",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "DepthNotSupported",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "ECDSAInvalidSignature",
      "type": "error"
    },
    {
      "inputs": [
        {
          "name": "length",
          "type": "uint256"
        }
      ],
      "name": "ECDSAInvalidSignatureLength",
      "type": "error"
    },
    {
      "inputs": [
        {
          "name": "s",
          "type": "bytes32"
        }
      ],
      "name": "ECDSAInvalidSignatureS",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "EmptyAddressArray",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "InvalidInitialization",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "InvalidSignature",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "LeafDoesNotExist",
      "type": "error"
    },
    {
      "inputs": [
        {
          "name": "expectedSigner",
          "type": "address"
        },
        {
          "name": "actualSigner",
          "type": "address"
        }
      ],
      "name": "MismatchedAuthenticatorSigner",
      "type": "error"
    },
    {
      "inputs": [
        {
          "name": "expectedPubkeyId",
          "type": "uint256"
        },
        {
          "name": "actualPubkeyId",
          "type": "uint256"
        }
      ],
      "name": "MismatchedPubkeyId",
      "type": "error"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "name": "expectedCounter",
          "type": "uint256"
        },
        {
          "name": "actualCounter",
          "type": "uint256"
        }
      ],
      "name": "MismatchedRecoveryCounter",
      "type": "error"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "name": "expectedNonce",
          "type": "uint256"
        },
        {
          "name": "actualNonce",
          "type": "uint256"
        }
      ],
      "name": "MismatchedSignatureNonce",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "MismatchingArrayLengths",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "NewLeafCannotEqualOldLeaf",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "PubkeyIdInUse",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "PubkeyIdOutOfBounds",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "RecoveryNotEnabled",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "RegistrationFeeNotSupported",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "ReusedAuthenticatorAddress",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "TreeIsFull",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "ValueGreaterThanSnarkScalarField",
      "type": "error"
    },
    {
      "inputs": [],
      "name": "ZeroAddress",
      "type": "error"
    },
    {
      "anonymous": false,
      "inputs": [
        {
          "indexed": true,
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "indexed": true,
          "name": "recoveryAddress",
          "type": "address"
        },
        {
          "indexed": false,
          "name": "authenticatorAddresses",
          "type": "address[]"
        },
        {
          "indexed": false,
          "name": "authenticatorPubkeys",
          "type": "uint256[]"
        },
        {
          "indexed": false,
          "name": "offchainSignerCommitment",
          "type": "uint256"
        }
      ],
      "name": "AccountCreated",
      "type": "event"
    },
    {
      "anonymous": false,
      "inputs": [
        {
          "indexed": true,
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "indexed": true,
          "name": "newAuthenticatorAddress",
          "type": "address"
        },
        {
          "indexed": true,
          "name": "newAuthenticatorPubkey",
          "type": "uint256"
        },
        {
          "indexed": false,
          "name": "oldOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "indexed": false,
          "name": "newOffchainSignerCommitment",
          "type": "uint256"
        }
      ],
      "name": "AccountRecovered",
      "type": "event"
    },
    {
      "anonymous": false,
      "inputs": [
        {
          "indexed": true,
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "indexed": false,
          "name": "pubkeyId",
          "type": "uint32"
        },
        {
          "indexed": false,
          "name": "newAuthenticatorPubkey",
          "type": "uint256"
        },
        {
          "indexed": true,
          "name": "oldAuthenticatorAddress",
          "type": "address"
        },
        {
          "indexed": true,
          "name": "newAuthenticatorAddress",
          "type": "address"
        },
        {
          "indexed": false,
          "name": "oldOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "indexed": false,
          "name": "newOffchainSignerCommitment",
          "type": "uint256"
        }
      ],
      "name": "AccountUpdated",
      "type": "event"
    },
    {
      "anonymous": false,
      "inputs": [
        {
          "indexed": true,
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "indexed": false,
          "name": "pubkeyId",
          "type": "uint32"
        },
        {
          "indexed": true,
          "name": "authenticatorAddress",
          "type": "address"
        },
        {
          "indexed": true,
          "name": "newAuthenticatorPubkey",
          "type": "uint256"
        },
        {
          "indexed": false,
          "name": "oldOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "indexed": false,
          "name": "newOffchainSignerCommitment",
          "type": "uint256"
        }
      ],
      "name": "AuthenticatorInserted",
      "type": "event"
    },
    {
      "anonymous": false,
      "inputs": [
        {
          "indexed": true,
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "indexed": false,
          "name": "pubkeyId",
          "type": "uint32"
        },
        {
          "indexed": true,
          "name": "authenticatorAddress",
          "type": "address"
        },
        {
          "indexed": true,
          "name": "authenticatorPubkey",
          "type": "uint256"
        },
        {
          "indexed": false,
          "name": "oldOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "indexed": false,
          "name": "newOffchainSignerCommitment",
          "type": "uint256"
        }
      ],
      "name": "AuthenticatorRemoved",
      "type": "event"
    },
    {
      "anonymous": false,
      "inputs": [
        {
          "indexed": true,
          "name": "root",
          "type": "uint256"
        },
        {
          "indexed": false,
          "name": "timestamp",
          "type": "uint256"
        }
      ],
      "name": "RootRecorded",
      "type": "event"
    },
    {
      "inputs": [
        {
          "name": "recoveryAddress",
          "type": "address"
        },
        {
          "name": "authenticatorAddresses",
          "type": "address[]"
        },
        {
          "name": "authenticatorPubkeys",
          "type": "uint256[]"
        },
        {
          "name": "offchainSignerCommitment",
          "type": "uint256"
        }
      ],
      "name": "createAccount",
      "outputs": [],
      "stateMutability": "nonpayable",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "recoveryAddresses",
          "type": "address[]"
        },
        {
          "name": "authenticatorAddresses",
          "type": "address[][]"
        },
        {
          "name": "authenticatorPubkeys",
          "type": "uint256[][]"
        },
        {
          "name": "offchainSignerCommitments",
          "type": "uint256[]"
        }
      ],
      "name": "createManyAccounts",
      "outputs": [],
      "stateMutability": "nonpayable",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "currentRoot",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "domainSeparatorV4",
      "outputs": [
        {
          "name": "",
          "type": "bytes32"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "eip712Domain",
      "outputs": [
        {
          "name": "fields",
          "type": "bytes1"
        },
        {
          "name": "name",
          "type": "string"
        },
        {
          "name": "version",
          "type": "string"
        },
        {
          "name": "chainId",
          "type": "uint256"
        },
        {
          "name": "verifyingContract",
          "type": "address"
        },
        {
          "name": "salt",
          "type": "bytes32"
        },
        {
          "name": "extensions",
          "type": "uint256[]"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "getLatestRoot",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "getMaxAuthenticators",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "pure",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "getNextLeafIndex",
      "outputs": [
        {
          "name": "",
          "type": "uint64"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "authenticatorAddress",
          "type": "address"
        }
      ],
      "name": "getPackedAccountData",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        }
      ],
      "name": "getRecoveryAgent",
      "outputs": [
        {
          "name": "",
          "type": "address"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        }
      ],
      "name": "getRecoveryCounter",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "getRegistrationFee",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "pure",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "root",
          "type": "uint256"
        }
      ],
      "name": "getRootTimestamp",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "getRootValidityWindow",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "pure",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        }
      ],
      "name": "getSignatureNonce",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [],
      "name": "getTreeDepth",
      "outputs": [
        {
          "name": "",
          "type": "uint256"
        }
      ],
      "stateMutability": "pure",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "initialTreeDepth",
          "type": "uint256"
        },
        {
          "name": "",
          "type": "address"
        },
        {
          "name": "",
          "type": "address"
        },
        {
          "name": "registrationFee",
          "type": "uint256"
        }
      ],
      "name": "initialize",
      "outputs": [],
      "stateMutability": "nonpayable",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "name": "newAuthenticatorAddress",
          "type": "address"
        },
        {
          "name": "pubkeyId",
          "type": "uint32"
        },
        {
          "name": "newAuthenticatorPubkey",
          "type": "uint256"
        },
        {
          "name": "oldOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "name": "newOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "name": "signature",
          "type": "bytes"
        },
        {
          "name": "nonce",
          "type": "uint256"
        }
      ],
      "name": "insertAuthenticator",
      "outputs": [],
      "stateMutability": "nonpayable",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "root",
          "type": "uint256"
        }
      ],
      "name": "isValidRoot",
      "outputs": [
        {
          "name": "",
          "type": "bool"
        }
      ],
      "stateMutability": "view",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "name": "newAuthenticatorAddress",
          "type": "address"
        },
        {
          "name": "newAuthenticatorPubkey",
          "type": "uint256"
        },
        {
          "name": "oldOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "name": "newOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "name": "signature",
          "type": "bytes"
        },
        {
          "name": "nonce",
          "type": "uint256"
        }
      ],
      "name": "recoverAccount",
      "outputs": [],
      "stateMutability": "nonpayable",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "name": "authenticatorAddress",
          "type": "address"
        },
        {
          "name": "pubkeyId",
          "type": "uint32"
        },
        {
          "name": "authenticatorPubkey",
          "type": "uint256"
        },
        {
          "name": "oldOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "name": "newOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "name": "signature",
          "type": "bytes"
        },
        {
          "name": "nonce",
          "type": "uint256"
        }
      ],
      "name": "removeAuthenticator",
      "outputs": [],
      "stateMutability": "nonpayable",
      "type": "function"
    },
    {
      "inputs": [
        {
          "name": "leafIndex",
          "type": "uint64"
        },
        {
          "name": "oldAuthenticatorAddress",
          "type": "address"
        },
        {
          "name": "newAuthenticatorAddress",
          "type": "address"
        },
        {
          "name": "pubkeyId",
          "type": "uint32"
        },
        {
          "name": "newAuthenticatorPubkey",
          "type": "uint256"
        },
        {
          "name": "oldOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "name": "newOffchainSignerCommitment",
          "type": "uint256"
        },
        {
          "name": "signature",
          "type": "bytes"
        },
        {
          "name": "nonce",
          "type": "uint256"
        }
      ],
      "name": "updateAuthenticator",
      "outputs": [],
      "stateMutability": "nonpayable",
      "type": "function"
    }
  ],
  bytecode: '0x60808060405234602d575f80546001600160401b0319166001600160401b0317905561231090816100328239f35b5f80fdfe6080806040526004361015610012575f80fd5b5f3560e01c9081630946e807146112b85750806327c12bd3146110405780632c92b8a514610da15780632c9650c114610d865780632cdabbce14610d2157806331cd4ad214610ce35780633a51ad3d14610ca15780633e4ea82814610a4857806350e9b92514610a225780635445b00714610a0557806364ca626f1461073957806365b64a721461071d5780636e8d87321461056757806378e4c3531461052257806378e890ba1461050857806384b0196e146103d65780638561a5ef146103ac5780638e5cdd50146103915780639a2e6973146103425780639b0757351461022a578063e37259e9146101345763fdab463d1461010e575f80fd5b34610130575f60031936011261013057602061012861225a565b604051908152f35b5f80fd5b346101305760806003193601126101305761014d6112e7565b5061015661130a565b505f5467ffffffffffffffff811661020257601e600435036101da576064356101b2577fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000166001175f556101b06101ab61225a565b611ac3565b005b7f594302c5000000000000000000000000000000000000000000000000000000005f5260045ffd5b7fd8ad109c000000000000000000000000000000000000000000000000000000005f5260045ffd5b7ff92ee8a9000000000000000000000000000000000000000000000000000000005f5260045ffd5b346101305760806003193601126101305761024361132d565b60243567ffffffffffffffff811161013057610263903690600401611405565b9160443567ffffffffffffffff811161013057610284903690600401611405565b6064355f549167ffffffffffffffff83169367ffffffffffffffff8514610315576101b0976101ab97610310957fffffffffffffffffffffffffffffffffffffffffffffffff000000000000000067ffffffffffffffff60018a01169116175f55604051976102f460408a611479565b60018952602036818b0137856103098a611699565b5287611c11565b611e7d565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b346101305760206003193601126101305767ffffffffffffffff6103646112d0565b165f526004602052602073ffffffffffffffffffffffffffffffffffffffff60405f205416604051908152f35b34610130575f600319360112610130576020604051601e8152f35b34610130576020600319360112610130576004355f526003602052602060405f2054604051908152f35b34610130575f600319360112610130576104ac6040516103f7604082611479565b600f81527f576f726c64494452656769737472790000000000000000000000000000000000602082015260405161042f604082611479565b600381527f312e300000000000000000000000000000000000000000000000000000000000602082015260206104ba6040519261046c8385611479565b5f84525f3681376040519586957f0f00000000000000000000000000000000000000000000000000000000000000875260e08588015260e0870190611436565b908582036040870152611436565b4660608501523060808501525f60a085015283810360c08501528180845192838152019301915f5b8281106104f157505050500390f35b8351855286955093810193928101926001016104e2565b34610130575f6003193601126101305760206101286115aa565b346101305760206003193601126101305773ffffffffffffffffffffffffffffffffffffffff61055061132d565b165f526005602052602060405f2054604051908152f35b34610130576105753661137e565b92969587929885978260409794975192602084017f4753a728623f4bbe59b2ac7725a4ed29f6b7fd3cb0b3c3d7296b3fb8d905680c905267ffffffffffffffff81169c8d9889604087015273ffffffffffffffffffffffffffffffffffffffff85169a8b606088015263ffffffff8516968760808201528d60a08201528a60c08201528260e082015260e0815261060e61010082611479565b80519060200120926106209385611b01565b5061062b908361215e565b610634916120f6565b845f52600460205260405f20906001901b6bffffffffffffffffffffffff1619815460a01c166bffffffffffffffffffffffff166106b1919073ffffffffffffffffffffffffffffffffffffffff7fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b845f52600560205260405f205f90556040519283926106e7928460409194939263ffffffff606083019616825260208201520152565b037f28d7c16da5797cec56c455126d2f0fd00e100bc1031a174c0a3b0a256eb6458d91a461071492611950565b6101b090611ac3565b34610130575f600319360112610130576020604051610e108152f35b3461013057610120600319360112610130576107536112d0565b61075b6112e7565b61076361130a565b916064359163ffffffff831693848403610130576084359460a4359560c4359560e43567ffffffffffffffff8111610130576107a3903690600401611350565b9673ffffffffffffffffffffffffffffffffffffffff8087169716959091610104358789146109dd576107d583611894565b60078710156109b5578a9961085f9260405160208101907fecf25ac77561b0a29ccf0e9647ce6e8a06d671f33bbdb7e07ea751b127f79018825267ffffffffffffffff88169d8e60408301528c60608301528d60808301528b60a08301528a60c083015260e082015284610100820152610100815261085661012082611479565b51902086611b01565b73ffffffffffffffffffffffffffffffffffffffff8116878103610986575060808b968a96610969878e9b976101b09e976108bf6101ab9f9b7fced1efa141c2b5fbec11394c037ee8374f3a0ca9ae5c32ab27788035881845ed996120f6565b895f5260056020525f60408120559173ffffffffffffffffffffffffffffffffffffffff9167ffffffffffffffff81165f5260046020527fffffffff000000000000000000000000000000000000000000000000000000007bffffffff00000000000000000000000000000000000000000000000067ffffffffffffffff63ffffffff600160405f2001541693169360c01b169160e01b16171791165f52600560205260405f2055565b6040519182526020820152876040820152886060820152a4611950565b877f7aa5e755000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b7f075aa3ca000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f20dc8563000000000000000000000000000000000000000000000000000000005f5260045ffd5b34610130575f600319360112610130576020600254604051908152f35b34610130575f60031936011261013057602067ffffffffffffffff5f5416604051908152f35b346101305760806003193601126101305760043567ffffffffffffffff811161013057610a79903690600401611405565b60243567ffffffffffffffff811161013057610a99903690600401611405565b909160443567ffffffffffffffff811161013057610abb903690600401611405565b94909260643567ffffffffffffffff811161013057610ade903690600401611405565b9690948415610c7957848314801590610c6f575b8015610c65575b610c3d5767ffffffffffffffff5f5416965f5b868110610bdc5789898967ffffffffffffffff610b2b818c16846114c7565b167fffffffffffffffffffffffffffffffffffffffffffffffff00000000000000005f5416175f5567ffffffffffffffff8311610baf578260051b6020810193610b786040519586611479565b8452602084019082019136831161013057905b828210610b9f576101b06101ab8686611e7d565b8135815260209182019101610b8b565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b610bf067ffffffffffffffff82168a6114c7565b610bfb8289896114e9565b610c0490611526565b8b8a610c11858a88611547565b9086610c1e818c8c611547565b95610c2a9291956114e9565b3594610c3596611c11565b600101610b0c565b7f93449531000000000000000000000000000000000000000000000000000000005f5260045ffd5b5084881415610af9565b5084821415610af2565b7f39282800000000000000000000000000000000000000000000000000000000005f5260045ffd5b346101305760206003193601126101305767ffffffffffffffff610cc36112d0565b165f526004602052602063ffffffff600160405f20015416604051908152f35b346101305760206003193601126101305767ffffffffffffffff610d056112d0565b165f5260046020526020600160405f200154811c604051908152f35b3461013057602060031936011261013057600435805f52600360205260405f205490600254148015610d5b575b6020906040519015158152f35b5080151580610d6e575b60209150610d4e565b50610e10810180911161031557602090421115610d65565b34610130575f60031936011261013057602060405160078152f35b3461013057610daf3661137e565b9394919690979295610dc082611894565b600763ffffffff821610156109b55767ffffffffffffffff84165f52600460205260405f20986bffffffffffffffffffffffff8a5460a01c600163ffffffff85161b1616611018576101b099610ea767ffffffffffffffff97610f0a936101ab9c8c60405160208101917fdd3d42649ecb7b9987e1b0f6a603b5d183d09c99e7fafe6254f8324a68aea72c83528d8d16604083015273ffffffffffffffffffffffffffffffffffffffff8b16606083015263ffffffff8a1660808301528b60a083015260c08201528460e082015260e08152610e9e61010082611479565b5190208a611b01565b506bffffffffffffffffffffffff600163ffffffff85161b16815460a01c1773ffffffffffffffffffffffffffffffffffffffff7fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b610fac8185849173ffffffffffffffffffffffffffffffffffffffff9167ffffffffffffffff81165f5260046020527fffffffff000000000000000000000000000000000000000000000000000000007bffffffff00000000000000000000000000000000000000000000000067ffffffffffffffff63ffffffff600160405f2001541693169360c01b169160e01b16171791165f52600560205260405f2055565b7f9a5da1d39a61116d35121a4224bae86aa37aebd4514b558f914100e93c21c77573ffffffffffffffffffffffffffffffffffffffff6040519316928061100f8a8a8a8a16968460409194939263ffffffff606083019616825260208201520152565b0390a416611950565b7f0e5ff1d1000000000000000000000000000000000000000000000000000000005f5260045ffd5b346101305760e0600319360112610130576110596112d0565b6110616112e7565b90604435916064356084359160a43567ffffffffffffffff81116101305761108d903690600401611350565b95909167ffffffffffffffff60c435966110a788826116ba565b1692835f52600460205260405f209773ffffffffffffffffffffffffffffffffffffffff8954169182156112905773ffffffffffffffffffffffffffffffffffffffff9161115a9161115560405160208101907faabfbeefc60dc3abc42060cf038b050f246f6fd0cb3f3f8b41a6019a655ad54382528a60408201528689169d8e60608301528a60808301528d60a083015260c082015260c0815261114d60e082611479565b51902061177f565b6117cd565b5016036112685761116a90611894565b600186019485549663ffffffff88169663ffffffff8814610315576101b0987fffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000000063ffffffff60016101ab9b011691161790557401000000000000000000000000000000000000000073ffffffffffffffffffffffffffffffffffffffff825416179055825f526004602052827fffffffff0000000000000000000000000000000000000000000000000000000080600160405f20015460e01b161617815f52600560205260405f2055827f8978316673c5590b952953bf7effcf47cbf97dad60023cc03c49f11847e37ac560408051878152886020820152a4611950565b7f8baa579f000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f47695d1a000000000000000000000000000000000000000000000000000000005f5260045ffd5b34610130575f60031936011261013057805f60209252f35b6004359067ffffffffffffffff8216820361013057565b6024359073ffffffffffffffffffffffffffffffffffffffff8216820361013057565b6044359073ffffffffffffffffffffffffffffffffffffffff8216820361013057565b6004359073ffffffffffffffffffffffffffffffffffffffff8216820361013057565b9181601f840112156101305782359167ffffffffffffffff8311610130576020838186019501011161013057565b6101006003198201126101305760043567ffffffffffffffff81168103610130579160243573ffffffffffffffffffffffffffffffffffffffff81168103610130579160443563ffffffff811681036101305791606435916084359160a4359160c4359067ffffffffffffffff8211610130576113fd91600401611350565b909160e43590565b9181601f840112156101305782359167ffffffffffffffff8311610130576020808501948460051b01011161013057565b907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f602080948051918291828752018686015e5f8582860101520116010190565b90601f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0910116810190811067ffffffffffffffff821117610baf57604052565b9190820180921161031557565b9067ffffffffffffffff8091169116019067ffffffffffffffff821161031557565b91908110156114f95760051b0190565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b3573ffffffffffffffffffffffffffffffffffffffff811681036101305790565b91908110156114f95760051b810135907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe18136030182121561013057019081359167ffffffffffffffff8311610130576020018260051b36038113610130579190565b6040516115b8604082611479565b600f81527f576f726c64494452656769737472790000000000000000000000000000000000602090910152604080517fb8f3625427675d38c91b8172d4dafc134ec6bdaf9f45932f446b2a7b528b7e24916116139082611479565b6003815260208101907f312e30000000000000000000000000000000000000000000000000000000000082525190206040519060208201927f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f8452604083015260608201524660808201523060a082015260a0815261169360c082611479565b51902090565b8051156114f95760200190565b80518210156114f95760209160051b010190565b67ffffffffffffffff1690815f526004602052600160405f20015460201c80820361174d5750505f526004602052600160405f200180548060201c7bffffffffffffffffffffffffffffffffffffffffffffffffffffffff8114610315577fffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000600163ffffffff920160201b169116179055565b827ff8c6b45a000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b6117876115aa565b906040519060208201927f190100000000000000000000000000000000000000000000000000000000000084526022830152604282015260428152611693606282611479565b91906041820361188a5781604011610130576020810135917f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0831161187f5780604010156114f957602011610130576020925f9260809260408135918151948552013560f81c868401526040830152606082015282805260015afa15611874575f519073ffffffffffffffffffffffffffffffffffffffff821661187057600390565b5f90565b6040513d5f823e3d90fd5b505050505f90600290565b5050505f90600190565b73ffffffffffffffffffffffffffffffffffffffff16801561192857805f52600560205260405f205480151590816118fa575b506118cf5750565b7f218170d3000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b905067ffffffffffffffff81165f52600460205263ffffffff600160405f200154169060e01c10155f6118c7565b7fd92e233d000000000000000000000000000000000000000000000000000000005f5260045ffd5b929190808214611a9b577f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001821015611a7357835f52600160205260405f205403611a4b57915f5f916001925b601e81106119ba57505050641e000000005f526020528160405f2055565b909194828260201b175f52836020528060405f20558383188260201b175f528360205260405f205480155f14611a45575085905b838516611a3757906119ff916122d7565b94805f52602052827f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000160405f200692811c910161199c565b611a40916122d7565b6119ff565b906119ee565b7f7204756c000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f8c3738da000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f21248755000000000000000000000000000000000000000000000000000000005f5260045ffd5b80600255805f5260036020524260405f20557f354c97d4498b3e88bd976788b89a3b2d5090140351a9eb813706398148e9c8816020604051428152a2565b92949391908582611155611b149361177f565b9190956004831015611bd75760018314611bac5760028314611b76575050600314611b4e5781611b47611b4c938661215e565b6116ba565b565b7ff645eedf000000000000000000000000000000000000000000000000000000005f5260045ffd5b60401161013057602001357fd78bce0c000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b7ffce698f7000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52602160045260245ffd5b9190820391821161031557565b959193949095600784116109b5578315610c7957818403610c3d575f5b848110611dfa575067ffffffffffffffff1694855f52600460205273ffffffffffffffffffffffffffffffffffffffff60405f20971696877fffffffffffffffffffffffff00000000000000000000000000000000000000008254161790556001841b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8101908111610315576bffffffffffffffffffffffff611d1e91885f5260046020521660405f209073ffffffffffffffffffffffffffffffffffffffff7fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b60405193806060860160608752526080850195905f905b808210611dad5750505083850360208501528185527f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8211610130577f2305b6fdbd241fe17af0ff960b4618027d3c2875afa10e79ab859d750a3e292d94602093859360051b809386840137604084015201030190a3565b90919687359073ffffffffffffffffffffffffffffffffffffffff82168203610130576020809173ffffffffffffffffffffffffffffffffffffffff600194168152019801920190611d35565b80611e18611e13611e0e600194898b6114e9565b611526565b611894565b60c081901b7bffffffff0000000000000000000000000000000000000000000000001667ffffffffffffffff84161773ffffffffffffffffffffffffffffffffffffffff611e6a611e0e848a8c6114e9565b165f52600560205260405f205501611c2e565b91908051926340000000611e9185836114ba565b116120ce575f5b84811061209457505f935f905b601e8210611ef857505050611ef4919250611ebf81611699565b51641e000000005f5260016020527f453abf7955d3890ecf35c3b0a6f0b4cac1ae7626989d9644e1c059fc7094aa5055611699565b5190565b5f5b8181106120665750611f0d5f91846114ba565b7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe84165b818110611f7657505094805f5260205260017f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000160405f200692811c9101909194611ea5565b8481101561204d57808460201b175f52600160205260405f205480155f146120485750875b60018201908183116103155786611fcf928581105f1461203f57611fc891611fc291611c04565b896116a6565b51906122d7565b837fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8114610315576001612005910194886116a6565b526002810180911115611f31577f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b505089906122d7565b611f9b565b61206061205a8683611c04565b876116a6565b51611f9b565b80612073600192876116a6565b5161207e82876114ba565b8560201b175f528260205260405f205501611efa565b7f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f00000016120bf82856116a6565b511015611a7357600101611e98565b7fed732d0c000000000000000000000000000000000000000000000000000000005f5260045ffd5b73ffffffffffffffffffffffffffffffffffffffff165f52600560205263ffffffff8060405f205460c01c16911690818103612130575050565b7f22c0ec40000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b73ffffffffffffffffffffffffffffffffffffffff1690815f52600560205260405f205491821561222f575067ffffffffffffffff821691825f52600460205263ffffffff600160405f200154169060e01c908082036121fd57505067ffffffffffffffff168082036121cf575050565b7f8ce76e5c000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b837fb0d86856000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b7f9389f4aa000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b641e000000005f5260016020527f453abf7955d3890ecf35c3b0a6f0b4cac1ae7626989d9644e1c059fc7094aa5054806122d457505f5f5b601e811061229e575090565b90805f5260205260017f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000160405f20069101612292565b90565b5f8080806009611964fa505f526020527f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000160405f20069056',
  deployedBytecode: '0x6080806040526004361015610012575f80fd5b5f3560e01c9081630946e807146112b85750806327c12bd3146110405780632c92b8a514610da15780632c9650c114610d865780632cdabbce14610d2157806331cd4ad214610ce35780633a51ad3d14610ca15780633e4ea82814610a4857806350e9b92514610a225780635445b00714610a0557806364ca626f1461073957806365b64a721461071d5780636e8d87321461056757806378e4c3531461052257806378e890ba1461050857806384b0196e146103d65780638561a5ef146103ac5780638e5cdd50146103915780639a2e6973146103425780639b0757351461022a578063e37259e9146101345763fdab463d1461010e575f80fd5b34610130575f60031936011261013057602061012861225a565b604051908152f35b5f80fd5b346101305760806003193601126101305761014d6112e7565b5061015661130a565b505f5467ffffffffffffffff811661020257601e600435036101da576064356101b2577fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000166001175f556101b06101ab61225a565b611ac3565b005b7f594302c5000000000000000000000000000000000000000000000000000000005f5260045ffd5b7fd8ad109c000000000000000000000000000000000000000000000000000000005f5260045ffd5b7ff92ee8a9000000000000000000000000000000000000000000000000000000005f5260045ffd5b346101305760806003193601126101305761024361132d565b60243567ffffffffffffffff811161013057610263903690600401611405565b9160443567ffffffffffffffff811161013057610284903690600401611405565b6064355f549167ffffffffffffffff83169367ffffffffffffffff8514610315576101b0976101ab97610310957fffffffffffffffffffffffffffffffffffffffffffffffff000000000000000067ffffffffffffffff60018a01169116175f55604051976102f460408a611479565b60018952602036818b0137856103098a611699565b5287611c11565b611e7d565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b346101305760206003193601126101305767ffffffffffffffff6103646112d0565b165f526004602052602073ffffffffffffffffffffffffffffffffffffffff60405f205416604051908152f35b34610130575f600319360112610130576020604051601e8152f35b34610130576020600319360112610130576004355f526003602052602060405f2054604051908152f35b34610130575f600319360112610130576104ac6040516103f7604082611479565b600f81527f576f726c64494452656769737472790000000000000000000000000000000000602082015260405161042f604082611479565b600381527f312e300000000000000000000000000000000000000000000000000000000000602082015260206104ba6040519261046c8385611479565b5f84525f3681376040519586957f0f00000000000000000000000000000000000000000000000000000000000000875260e08588015260e0870190611436565b908582036040870152611436565b4660608501523060808501525f60a085015283810360c08501528180845192838152019301915f5b8281106104f157505050500390f35b8351855286955093810193928101926001016104e2565b34610130575f6003193601126101305760206101286115aa565b346101305760206003193601126101305773ffffffffffffffffffffffffffffffffffffffff61055061132d565b165f526005602052602060405f2054604051908152f35b34610130576105753661137e565b92969587929885978260409794975192602084017f4753a728623f4bbe59b2ac7725a4ed29f6b7fd3cb0b3c3d7296b3fb8d905680c905267ffffffffffffffff81169c8d9889604087015273ffffffffffffffffffffffffffffffffffffffff85169a8b606088015263ffffffff8516968760808201528d60a08201528a60c08201528260e082015260e0815261060e61010082611479565b80519060200120926106209385611b01565b5061062b908361215e565b610634916120f6565b845f52600460205260405f20906001901b6bffffffffffffffffffffffff1619815460a01c166bffffffffffffffffffffffff166106b1919073ffffffffffffffffffffffffffffffffffffffff7fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b845f52600560205260405f205f90556040519283926106e7928460409194939263ffffffff606083019616825260208201520152565b037f28d7c16da5797cec56c455126d2f0fd00e100bc1031a174c0a3b0a256eb6458d91a461071492611950565b6101b090611ac3565b34610130575f600319360112610130576020604051610e108152f35b3461013057610120600319360112610130576107536112d0565b61075b6112e7565b61076361130a565b916064359163ffffffff831693848403610130576084359460a4359560c4359560e43567ffffffffffffffff8111610130576107a3903690600401611350565b9673ffffffffffffffffffffffffffffffffffffffff8087169716959091610104358789146109dd576107d583611894565b60078710156109b5578a9961085f9260405160208101907fecf25ac77561b0a29ccf0e9647ce6e8a06d671f33bbdb7e07ea751b127f79018825267ffffffffffffffff88169d8e60408301528c60608301528d60808301528b60a08301528a60c083015260e082015284610100820152610100815261085661012082611479565b51902086611b01565b73ffffffffffffffffffffffffffffffffffffffff8116878103610986575060808b968a96610969878e9b976101b09e976108bf6101ab9f9b7fced1efa141c2b5fbec11394c037ee8374f3a0ca9ae5c32ab27788035881845ed996120f6565b895f5260056020525f60408120559173ffffffffffffffffffffffffffffffffffffffff9167ffffffffffffffff81165f5260046020527fffffffff000000000000000000000000000000000000000000000000000000007bffffffff00000000000000000000000000000000000000000000000067ffffffffffffffff63ffffffff600160405f2001541693169360c01b169160e01b16171791165f52600560205260405f2055565b6040519182526020820152876040820152886060820152a4611950565b877f7aa5e755000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b7f075aa3ca000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f20dc8563000000000000000000000000000000000000000000000000000000005f5260045ffd5b34610130575f600319360112610130576020600254604051908152f35b34610130575f60031936011261013057602067ffffffffffffffff5f5416604051908152f35b346101305760806003193601126101305760043567ffffffffffffffff811161013057610a79903690600401611405565b60243567ffffffffffffffff811161013057610a99903690600401611405565b909160443567ffffffffffffffff811161013057610abb903690600401611405565b94909260643567ffffffffffffffff811161013057610ade903690600401611405565b9690948415610c7957848314801590610c6f575b8015610c65575b610c3d5767ffffffffffffffff5f5416965f5b868110610bdc5789898967ffffffffffffffff610b2b818c16846114c7565b167fffffffffffffffffffffffffffffffffffffffffffffffff00000000000000005f5416175f5567ffffffffffffffff8311610baf578260051b6020810193610b786040519586611479565b8452602084019082019136831161013057905b828210610b9f576101b06101ab8686611e7d565b8135815260209182019101610b8b565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b610bf067ffffffffffffffff82168a6114c7565b610bfb8289896114e9565b610c0490611526565b8b8a610c11858a88611547565b9086610c1e818c8c611547565b95610c2a9291956114e9565b3594610c3596611c11565b600101610b0c565b7f93449531000000000000000000000000000000000000000000000000000000005f5260045ffd5b5084881415610af9565b5084821415610af2565b7f39282800000000000000000000000000000000000000000000000000000000005f5260045ffd5b346101305760206003193601126101305767ffffffffffffffff610cc36112d0565b165f526004602052602063ffffffff600160405f20015416604051908152f35b346101305760206003193601126101305767ffffffffffffffff610d056112d0565b165f5260046020526020600160405f200154811c604051908152f35b3461013057602060031936011261013057600435805f52600360205260405f205490600254148015610d5b575b6020906040519015158152f35b5080151580610d6e575b60209150610d4e565b50610e10810180911161031557602090421115610d65565b34610130575f60031936011261013057602060405160078152f35b3461013057610daf3661137e565b9394919690979295610dc082611894565b600763ffffffff821610156109b55767ffffffffffffffff84165f52600460205260405f20986bffffffffffffffffffffffff8a5460a01c600163ffffffff85161b1616611018576101b099610ea767ffffffffffffffff97610f0a936101ab9c8c60405160208101917fdd3d42649ecb7b9987e1b0f6a603b5d183d09c99e7fafe6254f8324a68aea72c83528d8d16604083015273ffffffffffffffffffffffffffffffffffffffff8b16606083015263ffffffff8a1660808301528b60a083015260c08201528460e082015260e08152610e9e61010082611479565b5190208a611b01565b506bffffffffffffffffffffffff600163ffffffff85161b16815460a01c1773ffffffffffffffffffffffffffffffffffffffff7fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b610fac8185849173ffffffffffffffffffffffffffffffffffffffff9167ffffffffffffffff81165f5260046020527fffffffff000000000000000000000000000000000000000000000000000000007bffffffff00000000000000000000000000000000000000000000000067ffffffffffffffff63ffffffff600160405f2001541693169360c01b169160e01b16171791165f52600560205260405f2055565b7f9a5da1d39a61116d35121a4224bae86aa37aebd4514b558f914100e93c21c77573ffffffffffffffffffffffffffffffffffffffff6040519316928061100f8a8a8a8a16968460409194939263ffffffff606083019616825260208201520152565b0390a416611950565b7f0e5ff1d1000000000000000000000000000000000000000000000000000000005f5260045ffd5b346101305760e0600319360112610130576110596112d0565b6110616112e7565b90604435916064356084359160a43567ffffffffffffffff81116101305761108d903690600401611350565b95909167ffffffffffffffff60c435966110a788826116ba565b1692835f52600460205260405f209773ffffffffffffffffffffffffffffffffffffffff8954169182156112905773ffffffffffffffffffffffffffffffffffffffff9161115a9161115560405160208101907faabfbeefc60dc3abc42060cf038b050f246f6fd0cb3f3f8b41a6019a655ad54382528a60408201528689169d8e60608301528a60808301528d60a083015260c082015260c0815261114d60e082611479565b51902061177f565b6117cd565b5016036112685761116a90611894565b600186019485549663ffffffff88169663ffffffff8814610315576101b0987fffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000000063ffffffff60016101ab9b011691161790557401000000000000000000000000000000000000000073ffffffffffffffffffffffffffffffffffffffff825416179055825f526004602052827fffffffff0000000000000000000000000000000000000000000000000000000080600160405f20015460e01b161617815f52600560205260405f2055827f8978316673c5590b952953bf7effcf47cbf97dad60023cc03c49f11847e37ac560408051878152886020820152a4611950565b7f8baa579f000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f47695d1a000000000000000000000000000000000000000000000000000000005f5260045ffd5b34610130575f60031936011261013057805f60209252f35b6004359067ffffffffffffffff8216820361013057565b6024359073ffffffffffffffffffffffffffffffffffffffff8216820361013057565b6044359073ffffffffffffffffffffffffffffffffffffffff8216820361013057565b6004359073ffffffffffffffffffffffffffffffffffffffff8216820361013057565b9181601f840112156101305782359167ffffffffffffffff8311610130576020838186019501011161013057565b6101006003198201126101305760043567ffffffffffffffff81168103610130579160243573ffffffffffffffffffffffffffffffffffffffff81168103610130579160443563ffffffff811681036101305791606435916084359160a4359160c4359067ffffffffffffffff8211610130576113fd91600401611350565b909160e43590565b9181601f840112156101305782359167ffffffffffffffff8311610130576020808501948460051b01011161013057565b907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f602080948051918291828752018686015e5f8582860101520116010190565b90601f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0910116810190811067ffffffffffffffff821117610baf57604052565b9190820180921161031557565b9067ffffffffffffffff8091169116019067ffffffffffffffff821161031557565b91908110156114f95760051b0190565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b3573ffffffffffffffffffffffffffffffffffffffff811681036101305790565b91908110156114f95760051b810135907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe18136030182121561013057019081359167ffffffffffffffff8311610130576020018260051b36038113610130579190565b6040516115b8604082611479565b600f81527f576f726c64494452656769737472790000000000000000000000000000000000602090910152604080517fb8f3625427675d38c91b8172d4dafc134ec6bdaf9f45932f446b2a7b528b7e24916116139082611479565b6003815260208101907f312e30000000000000000000000000000000000000000000000000000000000082525190206040519060208201927f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f8452604083015260608201524660808201523060a082015260a0815261169360c082611479565b51902090565b8051156114f95760200190565b80518210156114f95760209160051b010190565b67ffffffffffffffff1690815f526004602052600160405f20015460201c80820361174d5750505f526004602052600160405f200180548060201c7bffffffffffffffffffffffffffffffffffffffffffffffffffffffff8114610315577fffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000600163ffffffff920160201b169116179055565b827ff8c6b45a000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b6117876115aa565b906040519060208201927f190100000000000000000000000000000000000000000000000000000000000084526022830152604282015260428152611693606282611479565b91906041820361188a5781604011610130576020810135917f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0831161187f5780604010156114f957602011610130576020925f9260809260408135918151948552013560f81c868401526040830152606082015282805260015afa15611874575f519073ffffffffffffffffffffffffffffffffffffffff821661187057600390565b5f90565b6040513d5f823e3d90fd5b505050505f90600290565b5050505f90600190565b73ffffffffffffffffffffffffffffffffffffffff16801561192857805f52600560205260405f205480151590816118fa575b506118cf5750565b7f218170d3000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b905067ffffffffffffffff81165f52600460205263ffffffff600160405f200154169060e01c10155f6118c7565b7fd92e233d000000000000000000000000000000000000000000000000000000005f5260045ffd5b929190808214611a9b577f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001821015611a7357835f52600160205260405f205403611a4b57915f5f916001925b601e81106119ba57505050641e000000005f526020528160405f2055565b909194828260201b175f52836020528060405f20558383188260201b175f528360205260405f205480155f14611a45575085905b838516611a3757906119ff916122d7565b94805f52602052827f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000160405f200692811c910161199c565b611a40916122d7565b6119ff565b906119ee565b7f7204756c000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f8c3738da000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f21248755000000000000000000000000000000000000000000000000000000005f5260045ffd5b80600255805f5260036020524260405f20557f354c97d4498b3e88bd976788b89a3b2d5090140351a9eb813706398148e9c8816020604051428152a2565b92949391908582611155611b149361177f565b9190956004831015611bd75760018314611bac5760028314611b76575050600314611b4e5781611b47611b4c938661215e565b6116ba565b565b7ff645eedf000000000000000000000000000000000000000000000000000000005f5260045ffd5b60401161013057602001357fd78bce0c000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b7ffce698f7000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52602160045260245ffd5b9190820391821161031557565b959193949095600784116109b5578315610c7957818403610c3d575f5b848110611dfa575067ffffffffffffffff1694855f52600460205273ffffffffffffffffffffffffffffffffffffffff60405f20971696877fffffffffffffffffffffffff00000000000000000000000000000000000000008254161790556001841b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8101908111610315576bffffffffffffffffffffffff611d1e91885f5260046020521660405f209073ffffffffffffffffffffffffffffffffffffffff7fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b60405193806060860160608752526080850195905f905b808210611dad5750505083850360208501528185527f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8211610130577f2305b6fdbd241fe17af0ff960b4618027d3c2875afa10e79ab859d750a3e292d94602093859360051b809386840137604084015201030190a3565b90919687359073ffffffffffffffffffffffffffffffffffffffff82168203610130576020809173ffffffffffffffffffffffffffffffffffffffff600194168152019801920190611d35565b80611e18611e13611e0e600194898b6114e9565b611526565b611894565b60c081901b7bffffffff0000000000000000000000000000000000000000000000001667ffffffffffffffff84161773ffffffffffffffffffffffffffffffffffffffff611e6a611e0e848a8c6114e9565b165f52600560205260405f205501611c2e565b91908051926340000000611e9185836114ba565b116120ce575f5b84811061209457505f935f905b601e8210611ef857505050611ef4919250611ebf81611699565b51641e000000005f5260016020527f453abf7955d3890ecf35c3b0a6f0b4cac1ae7626989d9644e1c059fc7094aa5055611699565b5190565b5f5b8181106120665750611f0d5f91846114ba565b7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe84165b818110611f7657505094805f5260205260017f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000160405f200692811c9101909194611ea5565b8481101561204d57808460201b175f52600160205260405f205480155f146120485750875b60018201908183116103155786611fcf928581105f1461203f57611fc891611fc291611c04565b896116a6565b51906122d7565b837fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8114610315576001612005910194886116a6565b526002810180911115611f31577f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b505089906122d7565b611f9b565b61206061205a8683611c04565b876116a6565b51611f9b565b80612073600192876116a6565b5161207e82876114ba565b8560201b175f528260205260405f205501611efa565b7f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f00000016120bf82856116a6565b511015611a7357600101611e98565b7fed732d0c000000000000000000000000000000000000000000000000000000005f5260045ffd5b73ffffffffffffffffffffffffffffffffffffffff165f52600560205263ffffffff8060405f205460c01c16911690818103612130575050565b7f22c0ec40000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b73ffffffffffffffffffffffffffffffffffffffff1690815f52600560205260405f205491821561222f575067ffffffffffffffff821691825f52600460205263ffffffff600160405f200154169060e01c908082036121fd57505067ffffffffffffffff168082036121cf575050565b7f8ce76e5c000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b837fb0d86856000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b7f9389f4aa000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b641e000000005f5260016020527f453abf7955d3890ecf35c3b0a6f0b4cac1ae7626989d9644e1c059fc7094aa5054806122d457505f5f5b601e811061229e575090565b90805f5260205260017f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000160405f20069101612292565b90565b5f8080806009611964fa505f526020527f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f000000160405f20069056',
} as const
