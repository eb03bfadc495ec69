/**
 * Ends simulations in the order in which they began. A batch is simulated behind the batches that began before, so its
 * transaction must also follow theirs: the batch whose simulation ends first gets the next nonce.
 *
 * No simulation waits for ever: the time limits of the endpoints end the earlier ones.
 */
export class SimulationOrder {
  readonly #running = new Set<Promise<boolean>>()

  /**
   * Waits for the simulations that began before.
   * @param hasLeft whether operations have left the batch in the simulation
   * @returns the result, and whether the batches ahead are others than at the beginning: operations have left one of them, or
   *   its simulation failed and will be repeated
   */
  async inTurn<T>(
    simulation: Promise<T>,
    hasLeft: (result: T) => boolean,
  ): Promise<{ readonly result: T; readonly isChanged: boolean }> {
    const earlier = [...this.#running]
    const turn = Promise.all([simulation, ...earlier]).then(([result, ...changes]) => ({
      result,
      isChanged: changes.some(Boolean),
    }))
    const ended = turn.then(
      ({ result }) => hasLeft(result),
      () => true,
    )
    this.#running.add(ended)
    try {
      return await turn
    } finally {
      this.#running.delete(ended)
    }
  }
}
