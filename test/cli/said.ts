import { vi } from 'vitest'
import { main } from '../../src/cli/main.ts'

/** The command in this process: for arguments that are wrong or ask for help, so that nothing runs. */
export async function said(...argv: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' }
  const streams = ['stdout', 'stderr'] as const
  const spies = streams.map(name =>
    vi.spyOn(process[name], 'write').mockImplementation((text, ...rest) => {
      written[name] += text
      const done = rest.at(-1)
      if (typeof done === 'function') done()
      return true
    }),
  )
  try {
    return { status: await main(argv), ...written }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
