/** `opsbatcher serve`: a gateway for a given chain. */
import { readConnectedSettings } from '../config/read.ts'
import type { CliContext, ExitCode, Flags } from './context.ts'
import { runService } from './service.ts'

/** @throws ConfigError when a setting is missing or wrong */
export async function serve(flags: Flags, context: CliContext): Promise<ExitCode> {
  return runService(readConnectedSettings({ flags, environment: context.environment }), context)
}
