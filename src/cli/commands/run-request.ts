import { checkRunOptions } from '../../run/check-options.ts'
import { createBody } from '../../run/container/body.ts'
import { containerIdentity } from '../../run/jobs/identity.ts'
import type { RunOptions } from '../../run/options.ts'
import { registryUserOf } from '../flags/image.ts'
import type { RunFlags } from '../flags/run.ts'
import { jsonText } from '../terminal/print.ts'
import { UsageError } from '../usage.ts'

/** The options of the run that the arguments describe, but for its Engine, stdin, signal and events. */
export function runRequest(flags: RunFlags, [image = '', ...command]: readonly string[]): RunOptions {
  if (flags.interactive && flags.passwordStdin) {
    throw new UsageError(
      '--registry-password-stdin and -i both read stdin',
      'Omit -i, or store the password with docker login.',
    )
  }
  registryUserOf(flags)
  const { options, container } = flags
  if (flags.detachKeys && !(flags.interactive && container.Tty && options.job !== undefined))
    throw new UsageError('--detach-keys needs -it and --job', 'A job that is left is found again by its key.')
  const [swarmOption] = Object.keys(flags.swarm)
  if (swarmOption !== undefined && !flags.onSwarm)
    throw new UsageError('the flags of a job on a Swarm need --swarm', 'Add --swarm, or omit them.')
  return {
    ...options,
    ...(flags.onSwarm && { swarm: flags.swarm }),
    image,
    container: { ...container, ...(command.length > 0 && { Cmd: command }) },
  }
}

/** What would be sent to create the container, or the service, as JSON. */
export async function dryRun(request: RunOptions, { interactive }: RunFlags): Promise<string> {
  checkRunOptions(request)
  const { image, platform } = request
  const options = { ...request, ...(interactive && { stdin: '' }) }
  const { name, labels } = await containerIdentity(options, 'the id of the run')
  if (options.swarm !== undefined) {
    const { serviceSpec } = await import('../../run/swarm/spec.ts')
    const service = { name: name ?? 'holdfast-the-id-of-the-run', labels }
    return jsonText({ image, query: {}, body: serviceSpec(options, createBody(options, {}), service) })
  }
  const body = createBody(options, labels)
  return jsonText({ image, query: { name, platform }, body })
}
