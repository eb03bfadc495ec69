/** `opsbatcher serve`: a gateway for a given chain. */
import { readConnectedSettings } from '../config/read.ts'
import type { CliContext, ExitCode, Flags } from './context.ts'

/** @throws ConfigError when a setting is missing or wrong */
export async function serve(flags: Flags, context: CliContext): Promise<ExitCode> {
  const settings = readConnectedSettings({ flags, environment: context.environment })
  // Loaded only now, since it takes a moment and a mistake in the settings can be told without it.
  const { runService } = await import('./service.ts')
  return runService(settings, context)
}
