/** Faults in the development registry and in the meaning of its answers. */
import type { Mutant } from '../mutant.ts'

const DEPLOY = 'src/devnet/deploy.ts'
const DEVNET_TEST = 'test/devnet/devnet.test.ts'

const ROOTS = 'src/registry/worldId/rootValidity.ts'
const ROOTS_TEST = 'test/registry/rootValidity.test.ts'

export const registry: readonly Mutant[] = [
  {
    name: 'root-remembered-too-long',
    meaning: 'a root counts as valid up to the very end of its window, by the clock of the gateway',
    file: ROOTS,
    find: '* 1000 - MARGIN',
    replace: '* 1000',
    tests: [ROOTS_TEST],
  },
  {
    name: 'roots-without-bound',
    meaning: 'every valid root is remembered, without a bound',
    file: ROOTS,
    find: 'remembered.size >= MAX_REMEMBERED',
    replace: 'remembered.size >= MAX_REMEMBERED * 2',
    tests: [ROOTS_TEST],
  },
  {
    name: 'registry-not-upgraded',
    meaning: 'a local chain of version 1 stays on version 1 when version 2 is wanted',
    file: DEPLOY,
    find: "if (registryVersion === 'v2' && !isUpgraded)",
    replace: "if (registryVersion === 'v2' && isUpgraded)",
    tests: [DEVNET_TEST],
  },
  {
    name: 'registry-downgrade-ignored',
    meaning: 'a local chain of version 2 starts although version 1 is wanted',
    file: DEPLOY,
    find: "if (registryVersion === 'v1' && isUpgraded) throw",
    replace: "if (registryVersion === 'v1' && !hashCost) throw",
    tests: [DEVNET_TEST],
  },
  {
    name: 'hashes-always-fast',
    meaning: 'the hashes of the registry take no time although real hashes are wanted',
    file: DEPLOY,
    find: 'real: HashTime.deployedBytecode',
    replace: "real: '0xfe'",
    tests: [DEVNET_TEST],
  },
  {
    name: 'foreign-signer-as-authenticator',
    meaning: 'a signer of another account is answered like a removed authenticator of another account',
    file: 'src/registry/worldId/errors.ts',
    find: "['AuthenticatorDoesNotBelongToAccount', 'authenticator_does_not_belong_to_account'],",
    replace:
      "['AuthenticatorDoesNotBelongToAccount', 'authenticator_does_not_belong_to_account'],\n    ['MismatchedLeafIndex', 'authenticator_does_not_belong_to_account'],",
    tests: ['test/registry/failure.test.ts', 'test/registry/onChain.test.ts'],
  },
  {
    name: 'no-transaction-is-sent',
    meaning: 'an operation that needs no transaction goes into a batch',
    file: 'src/machines/nonceTracker/lanes.ts',
    find: '  if (operation.isSettled) return removeOperation(state, operation, null, at)\n',
    replace: '',
    tests: ['test/machines/nonceTracker/nonceTracker.test.ts'],
  },
  {
    name: 'wrong-version-starts',
    meaning: 'a contract of another version than configured does not stop the start',
    file: 'src/registry/versions.ts',
    find: 'if (found === registry) return registry',
    replace: 'if (found !== null) return registry',
    tests: ['test/actors/registryVersion.test.ts'],
  },
  {
    name: 'upgrade-not-noticed',
    meaning: 'a call that the upgraded contract lacks is refused, although the new version has another call',
    file: 'src/actors/preflight/preflight.ts',
    find: 'if (isMissing && (await options.version.refresh(client))) return check()',
    replace: 'if (isMissing && (await options.version.refresh(client))) throw error',
    tests: ['test/e2e/recoveryAgent.test.ts'],
  },
  {
    name: 'overtaken-operation-fails',
    meaning: 'an operation in flight across an upgrade fails, although the new version has another call',
    file: 'src/actors/outcome/retryWithNewVersion.ts',
    find: 'return kind.unavailable === undefined &&',
    replace: 'return kind.unavailable !== undefined &&',
    tests: ['test/e2e/recoveryAgent.test.ts'],
  },
  {
    name: 'no-address-is-claimed',
    meaning: 'two authenticators without address exclude each other',
    file: 'src/registry/worldId/insertAuthenticator.ts',
    find: 'isZero(newAuthenticatorAddress) ? [] : [newAuthenticatorAddress.toLowerCase()]',
    replace: '[newAuthenticatorAddress.toLowerCase()]',
    tests: ['test/registry/registry.test.ts'],
  },
  {
    name: 'reverted-view-is-an-outage',
    meaning: 'a view that reverts is answered as an outage of the chain',
    file: 'src/gateway/contractViews.ts',
    find: 'throw returnData === null ? error : registry.toRefusal(returnData)',
    replace: 'throw error',
    tests: ['test/gateway/contractViews.test.ts'],
  },
]
