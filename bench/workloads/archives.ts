import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { engineJson, engineRequest } from '../../test/live/support/request.ts'
import { node, python, shell } from '../harness/contender.ts'
import { cpu, peak, seconds } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Contender, Place, Workload } from '../harness/workload.ts'

type Direction = 'put' | 'get'
type What = 'big' | 'small'

const mebibyte = 2 ** 20
const bigMiB = 512
const smallCount = 20_000

const remote = '/root'

function archive(direction: Direction, what: What): Workload {
  const subject =
    what === 'big'
      ? `a file of ${bigMiB} MiB`
      : `a folder of ${smallCount.toLocaleString('en')} files of 1 KiB`
  return {
    id: `${direction}-${what}`,
    title: `${direction === 'put' ? 'Into' : 'Out of'} a container: ${what === 'big' ? 'one big file' : 'many small files'}`,
    about: `${direction === 'put' ? `Packs ${subject} and puts it into a new container` : `Gets ${subject} out of a container and unpacks it`}, real Engine. Of commands the whole process counts.`,
    server: 'engine',
    rounds: 6,
    // Its rounds differ most.
    enough: direction === 'put' && what === 'big' ? 36 : 30,
    cold: true,
    metrics: [seconds, cpu, peak],
    contenders: place => contenders(direction, what, place),
  }
}

async function contenders(direction: Direction, what: What, place: Place): Promise<Contender[]> {
  const args = [place.socket, direction]
  const prepare = await preparation(direction, await subjectOf(what, place, 1), place)
  const all = [
    shell('tar + curl', 'archive/tar-curl.sh', args, { needs: ['tar', 'curl'], prepare }),
    shell('docker cp', 'archive/docker-cp.sh', args, { needs: ['docker'], prepare }),
    node('holdfast', 'archive/holdfast.mjs', args, {
      prepare,
      note: 'packArchive(), or unpackArchive() with reuse; by node:fs small files one by one, a big one piece by piece',
    }),
    node('dockerode', 'archive/dockerode.mjs', args, {
      needs: ['dockerode', 'tar-fs'],
      prepare,
      rounds: 1,
      note: 'with tar-fs',
    }),
    python('archive/docker-py.py', args, { prepare, rounds: 1, note: 'with tarfile' }),
  ]
  if (what === 'small') return all
  const less = await preparation(direction, await subjectOf(what, place, 1 / 8), place)
  return [...all, node('holdfast, an eighth', 'archive/holdfast.mjs', args, { prepare: less })]
}

/** What is packed, made once for both directions. */
async function subjectOf(what: What, { scratch, scale }: Place, share: number): Promise<string> {
  const path = join(scratch, `${what}-${share * 8}`)
  if (existsSync(path)) return path
  if (what === 'big') {
    const piece = randomBytes(mebibyte)
    const pieces = Math.ceil(bigMiB * scale * share)
    await writeFile(path, Array(pieces).fill(piece))
    return path
  }
  for (let i = 0; i < smallCount * scale * share; i++) {
    const folder = join(path, `folder-${i % 20}`)
    if (i < 20) await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `file-${i}`), randomBytes(1024))
  }
  return path
}

/** For each transfer a new container to put into, or a new folder to get into from one that has it all. */
async function preparation(direction: Direction, subject: string, { socket, scratch }: Place) {
  const remove = (id: string) => engineJson(socket, 'DELETE', `/containers/${id}?force=1`)
  if (direction === 'put')
    return async () => {
      const id = await newContainer(socket)
      return { args: [id, remote, subject], clean: () => remove(id).then(() => undefined) }
    }
  const id = await newContainer(socket)
  await fill(socket, id, subject)
  return async () => {
    const local = await mkdtemp(join(scratch, 'out-'))
    return {
      args: [id, `${remote}/${basename(subject)}`, local],
      clean: () => rm(local, { recursive: true }),
    }
  }
}

async function newContainer(socket: string): Promise<string> {
  return (await engineJson<{ Id: string }>(socket, 'POST', '/containers/create', { Image: busybox })).Id
}

async function fill(socket: string, id: string, subject: string): Promise<void> {
  const tar = spawn('busybox', ['tar', '-C', dirname(subject), '-cf', '-', basename(subject)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const path = `/containers/${id}/archive?path=${remote}`
  const { status, body } = await engineRequest(socket, 'PUT', path, { body: tar.stdout })
  if (status !== 200) throw new Error(`the container could not be filled: ${status} ${body}`)
}

export const putBig = archive('put', 'big')
export const getBig = archive('get', 'big')
export const putSmall = archive('put', 'small')
export const getSmall = archive('get', 'small')
