/** The POST routes of both versions, with the paths and texts of the reference API. */
import type { RouteDefinition } from '../definition.ts'

/** The dates of the reference API. */
const DEPRECATED = { since: 1_785_110_400, sunset: 'Tue, 27 Jul 2027 00:00:00 GMT' } as const

const COMMON: readonly RouteDefinition[] = [
  { path: '/create-account', kind: 'create_account' },
  { path: '/insert-authenticator', kind: 'insert_authenticator' },
  { path: '/update-authenticator', kind: 'update_authenticator' },
  { path: '/remove-authenticator', kind: 'remove_authenticator' },
  { path: '/recover-account', kind: 'recover_account' },
  { path: '/initiate-recovery-agent-update', kind: 'update_recovery_agent', deprecation: DEPRECATED },
  { path: '/cancel-recovery-agent-update', kind: 'cancel_recovery_agent_update', deprecation: DEPRECATED },
  { path: '/execute-recovery-agent-update', kind: 'execute_recovery_agent_update', deprecation: DEPRECATED },
]

export const routesV1: readonly RouteDefinition[] = [
  ...COMMON,
  {
    path: '/update-recovery-agent',
    kind: 'update_recovery_agent',
    unavailable: onlyOnV2('/update-recovery-agent', '/initiate-recovery-agent-update'),
  },
  {
    path: '/revert-recovery-agent-update',
    kind: 'cancel_recovery_agent_update',
    unavailable: onlyOnV2('/revert-recovery-agent-update', '/cancel-recovery-agent-update'),
  },
]

export const routesV2: readonly RouteDefinition[] = [
  ...COMMON,
  { path: '/update-recovery-agent', kind: 'update_recovery_agent' },
  { path: '/revert-recovery-agent-update', kind: 'cancel_recovery_agent_update' },
]

function onlyOnV2(path: string, instead: string): string {
  return `POST ${path} requires the registry to be on V2 (WIP-102). The current registry is V1; use POST ${instead} instead.`
}
