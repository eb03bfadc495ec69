/** Creates an account through the typed client, and waits for its verdict. Settings: GATEWAY_URL, AUTHENTICATOR. */
import { createClient } from '../../src/client/client.ts'

const {
  GATEWAY_URL = 'http://127.0.0.1:8081',
  AUTHENTICATOR = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
} = process.env

const gateway = createClient(GATEWAY_URL)
const { data: accepted, error: refused } = await gateway.POST('/create-account', {
  body: {
    authenticator_addresses: [AUTHENTICATOR],
    authenticator_pubkeys: ['0x1'],
    offchain_signer_commitment: '0x2',
  },
})
if (accepted === undefined) throw new Error(`refused: ${refused.code}`)

const id = accepted.request_id
for (;;) {
  // The gateway answers as soon as the state changes, at the latest after ten seconds.
  const { data } = await gateway.GET('/status/{id}', {
    params: { path: { id }, query: { wait: 10, until: 'finalized' } },
  })
  if (data?.status.state === 'failed') throw new Error(data.status.error)
  if (data?.status.state !== 'finalized') continue
  console.log(`${id} finalized in ${data.status.tx_hash}`)
  break
}
