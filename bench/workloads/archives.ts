import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { engineJson, engineRequest } from '../../test/live/support/request.ts'
import { node, shell } from '../harness/contender.ts'
import { peak, processCpu, seconds } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Contender, Place, Workload } from '../harness/workload.ts'

type Direction = 'put' | 'get'
type What = 'big' | 'small'

const mebibyte = 2 ** 20
const bigMiB = 1024
const smallCount = 20_000

const remote = '/root'

function archive(direction: Direction, what: What): Workload {
  const subject = what === 'big' ? 'A file of 1 GiB' : '20,000 files of 1 KiB'
  return {
    id: `${direction}-${what}`,
    title: `${subject} ${direction === 'put' ? 'packed and put into a new' : 'taken out of a'} container`,
    about: 'Of the docker command and of tar and curl the whole process counts, of holdfast the transfer.',
    server: 'engine',
    rounds: 4,
    seconds: 15,
    metrics: [seconds, processCpu, peak],
    contenders: place => contenders(direction, what, place),
  }
}

async function contenders(direction: Direction, what: What, place: Place): Promise<Contender[]> {
  const args = [place.socket, direction]
  const prepare = await preparation(direction, await subjectOf(what, place), place)
  return [
    shell('tar + curl', 'archive/tar-curl.sh', args, { needs: ['tar', 'curl'], prepare }),
    shell('docker', 'archive/docker-cp.sh', args, { needs: ['docker'], prepare, note: 'docker cp' }),
    node('holdfast', 'archive/holdfast.mjs', args, {
      prepare,
      note: 'packArchive() or unpackArchive(); small files by node:fs one by one, a big one piece by piece',
    }),
  ]
}

/** What is packed, made once for both directions. */
async function subjectOf(what: What, { scratch, scale }: Place): Promise<string> {
  const path = join(scratch, what)
  if (existsSync(path)) return path
  if (what === 'big') {
    await writeFile(path, Array(Math.ceil(bigMiB * scale)).fill(randomBytes(mebibyte)))
    return path
  }
  for (let i = 0; i < smallCount * scale; i++) {
    const folder = join(path, `folder-${i % 20}`)
    if (i < 20) await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `file-${i}`), randomBytes(1024))
  }
  return path
}

/** For each transfer a new container to put into, or a new folder to get into from a container that has it all. */
async function preparation(direction: Direction, subject: string, { socket, scratch, defer }: Place) {
  const remove = async (id: string) => void (await engineJson(socket, 'DELETE', `/containers/${id}?force=1`))
  if (direction === 'put')
    return async () => {
      const id = await newContainer(socket)
      return { args: [id, remote, subject], clean: () => remove(id) }
    }
  const id = await newContainer(socket)
  defer(() => remove(id))
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
