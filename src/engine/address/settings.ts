import { join } from 'node:path'
import { readRegularFile } from '../../host/read-file.ts'

/** What config.json says of the way to the Engine. */
export interface EngineSettings {
  currentContext?: string
  /** `HttpHeaders`, to be sent with every request. */
  headers?: Readonly<Record<string, string>>
}

/** Reads config.json of that directory. One that can't be read is ignored, with a warning, as the docker command does. */
export async function readSettings(
  directory: string,
  warn: (message: string) => void = () => undefined,
): Promise<EngineSettings> {
  const file = join(directory, 'config.json')
  const ignored = (problem: string): EngineSettings => {
    warn(`${file} ${problem}: it is ignored, and so is the current docker context in it`)
    return {}
  }
  let text: string
  try {
    text = (await readRegularFile(file)).toString('utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? {} : ignored(`can't be read (${code})`)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text.trim() || '{}')
  } catch {
    // The parser's own error quotes the file, which may hold passwords.
    return ignored('is not JSON')
  }
  if (typeof parsed !== 'object' || parsed === null) return ignored('is not a JSON object')
  const { currentContext, HttpHeaders }: { currentContext?: unknown; HttpHeaders?: unknown } = parsed
  const headers = textsOf(HttpHeaders)
  return {
    ...(typeof currentContext === 'string' && currentContext !== '' && { currentContext }),
    ...(headers && { headers }),
  }
}

function textsOf(given: unknown): Record<string, string> | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const texts = Object.entries(given).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return texts.length === 0 ? undefined : Object.fromEntries(texts)
}
