import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Pack, pack } from 'tar-stream'
import { type EngineResponse, engineJson, engineRequest } from './request.ts'

const mebibyte = 2 ** 20

export interface ImageOptions {
  /** MiB of random bytes, which no compression makes smaller. */
  pad?: number
  /** Dockerfile instructions; CMD ["sh"] by default. */
  changes?: string[]
}

export interface Login {
  username: string
  password: string
}

/** Makes an image of this machine's busybox, with all of its applets in /bin. */
export async function importBusybox(
  socket: string,
  image: string,
  { pad = 0, changes = ['CMD ["sh"]'] }: ImageOptions = {},
): Promise<void> {
  const [repo, tag] = split(image)
  const query = new URLSearchParams({ fromSrc: '-', repo, tag })
  for (const change of changes) query.append('changes', change)
  const body = busyboxRoot(pad)
  const headers = { 'content-type': 'application/x-tar' }
  judge(await engineRequest(socket, 'POST', `/images/create?${query}`, { body, headers }))
}

export async function tag(socket: string, image: string, as: string): Promise<void> {
  const [repo, tag] = split(as)
  await engineJson(socket, 'POST', `/images/${image}/tag?${new URLSearchParams({ repo, tag })}`)
}

export async function push(socket: string, image: string, login?: Login): Promise<void> {
  const [repo, tag] = split(image)
  judge(await engineRequest(socket, 'POST', `/images/${repo}/push?tag=${tag}`, { headers: auth(login) }))
}

/** The answer as it came: a test judges it. */
export function pull(
  socket: string,
  image: string,
  { login, signal }: { login?: Login; signal?: AbortSignal } = {},
): Promise<EngineResponse> {
  const [fromImage, tag] = split(image)
  const query = new URLSearchParams({ fromImage, tag })
  return engineRequest(socket, 'POST', `/images/create?${query}`, {
    ...(login && { headers: auth(login) }),
    ...(signal && { signal }),
  })
}

export async function remove(socket: string, image: string): Promise<void> {
  await engineJson(socket, 'DELETE', `/images/${image}?force=1`)
}

function auth(login: Login | undefined) {
  const bytes = Buffer.from(JSON.stringify(login ?? {}))
  return { 'x-registry-auth': bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_') }
}

function judge({ status, body }: EngineResponse): void {
  if (status !== 200 || body.includes('"errorDetail"')) throw new Error(`${status} ${body}`)
}

function split(image: string): [repo: string, tag: string] {
  const colon = image.lastIndexOf(':')
  return colon > image.lastIndexOf('/') ? [image.slice(0, colon), image.slice(colon + 1)] : [image, 'latest']
}

function busyboxRoot(pad: number): Pack {
  const binary = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim()
  const applets = execFileSync(binary, ['--list'], { encoding: 'utf8' }).trim().split('\n')
  const tar = pack()
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev']) tar.entry({ name, type: 'directory', mode: 0o755 })
  tar.entry({ name: 'tmp', type: 'directory', mode: 0o1777 })
  tar.entry({ name: 'root', type: 'directory', mode: 0o700 })
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, readFileSync(binary))
  for (const applet of applets) {
    if (applet !== 'busybox') tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' })
  }
  tar.entry(
    { name: 'etc/passwd' },
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  )
  tar.entry({ name: 'etc/group' }, 'root:x:0:\nnogroup:x:65534:\n')
  if (pad > 0) tar.entry({ name: 'pad', mode: 0o644 }, randomBytes(pad * mebibyte))
  tar.finalize()
  return tar
}
