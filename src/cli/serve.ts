/** `opsbatcher serve`: starts a gateway for a given chain. */
import { readConnectedSettings } from '../config/read.ts'
import type { CliContext, ExitCode, Flags } from './context.ts'

/** @throws ConfigurationError if a setting is missing or wrong */
export async function serve(flags: Flags, context: CliContext): Promise<ExitCode> {
  const settings = readConnectedSettings({ flags, environment: context.environment })
  // The import takes a moment. The command reports a mistake in the settings before the import.
  const { runService } = await import('./service.ts')
  return runService(settings, context)
}
