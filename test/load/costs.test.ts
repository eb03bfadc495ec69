import { describe, expect, it } from 'vitest'
import { readCosts, type SettledOperation } from '../../src/load/costs.ts'

const settled: readonly SettledOperation[] = [
  { id: 'gw_1', kind: 'create_account' },
  { id: 'gw_2', kind: 'insert_authenticator' },
  { id: 'gw_3', kind: 'create_account' },
  { id: 'gw_4', kind: 'create_account' },
]

/** Batches of operations with their costs. */
function clientOf(...batches: readonly Readonly<Record<string, string | null>>[]) {
  const asked: string[] = []
  return {
    asked,
    async costsWith(id: string) {
      asked.push(id)
      const batch = batches.find((each) => id in each)
      return batch === undefined ? null : new Map(Object.entries(batch))
    },
  }
}

describe('the costs of a run', () => {
  it('are read with one question for each batch, and summed up by kind', async () => {
    const client = clientOf(
      { gw_1: '10000000000000000001', gw_2: '5', gw_3: '3', gw_foreign: '1000' },
      { gw_4: '7' },
    )
    expect(await readCosts(client, settled)).toEqual({
      total: '10000000000000000016',
      byKind: {
        create_account: { operations: 3, total: '10000000000000000011' },
        insert_authenticator: { operations: 1, total: '5' },
      },
    })
    expect(client.asked).toEqual(['gw_1', 'gw_4'])
  })

  it('leave out an operation that no transaction carried', async () => {
    const client = clientOf({ gw_1: '4', gw_2: null, gw_3: '3', gw_4: '7' })
    expect(await readCosts(client, settled)).toEqual({
      total: '14',
      byKind: { create_account: { operations: 3, total: '14' } },
    })
  })

  it('are null if the gateway does not show them', async () => {
    expect(await readCosts(clientOf({ gw_1: '4' }), settled)).toBeNull()
  })
})
