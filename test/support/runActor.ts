/** Runs the logic of a machine's slot outside of a machine. */
import { Actor, type PromiseActorLogic, toPromise } from 'xstate'
import type { ChainClient } from '../../src/rpc/chainClient.ts'

/** Resolves with the output of the actor. @throws the error of the actor */
export function runActor<Output, Input>(
  logic: PromiseActorLogic<Output, Input>,
  input: Input,
): Promise<Output> {
  const actor = new Actor(logic, { input })
  const output = toPromise(actor)
  actor.start()
  return output
}

/** A single endpoint. */
export function pinned<Client extends ChainClient>(client: Client): { readonly pin: () => Client } {
  return { pin: () => client }
}
