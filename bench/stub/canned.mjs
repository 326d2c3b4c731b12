const lineLength = 80
const letters = 'abcdefghijklmnopqrstuvwxyz'.repeat(4)
const line = Buffer.from(`${letters.slice(0, lineLength - 1)}\n`)
const text = Buffer.alloc(1024 * 1024, line)

/** Frames of `size` bytes of lines, `total` in all: the same one again and again, its last line cut. */
export function* cannedFrames(size, total) {
  const frame = Buffer.alloc(8 + size)
  frame[0] = 1
  frame.writeUInt32BE(size, 4)
  text.copy(frame, 8, 0, size)
  for (let left = total; left >= size; left -= size) yield frame
  const rest = total % size
  if (rest === 0) return
  // A copy: the whole one may still wait to be sent.
  const last = Buffer.from(frame.subarray(0, 8 + rest))
  last.writeUInt32BE(rest, 4)
  yield last
}

/** The steps of a pull, `tag` bytes of them. */
export function* progressSteps(query) {
  const [name, total] = [query.get('fromImage'), Number(query.get('tag'))]
  const step = value => `${JSON.stringify(value)}\r\n`
  yield step({ status: `Pulling from ${name}`, id: String(total) })
  const size = 187_654_321
  for (let sent = 0, count = 0; sent < total; count++) {
    const current = (count * 524_288) % size
    const bar = '='.repeat((current * 50) / size).padEnd(50)
    const progress = `[${bar}]  ${(current / 1e6).toFixed(1)}MB/${(size / 1e6).toFixed(1)}MB`
    const id = (0xa1b2c3d4e500 + (count % 7)).toString(16)
    const text = step({ status: 'Downloading', progressDetail: { current, total: size }, progress, id })
    sent += text.length
    yield text
  }
  yield step({ status: `Digest: sha256:${'7'.padStart(64, '0')}` })
  yield step({ status: `Status: Downloaded newer image for ${name}:${total}` })
}

/** A tar archive: /big-SIZE has one file, /small-COUNT-SIZE has many. */
export function* archiveBlocks(path) {
  const [, one] = /big-(\d+)/.exec(path) ?? []
  const [, count = '1', each = one] = /small-(\d+)-(\d+)/.exec(path) ?? []
  const size = Number(each)
  const zeros = Buffer.alloc(1024 * 1024)
  for (let i = 0; i < Number(count); i++) {
    yield header(`d${i % 20}/f${i}`, size)
    const padded = Math.ceil(size / 512) * 512
    for (let left = padded; left > 0; left -= zeros.length)
      yield zeros.subarray(0, Math.min(left, zeros.length))
  }
  yield zeros.subarray(0, 1024)
}

function header(name, size) {
  const block = Buffer.alloc(512)
  const octal = (value, digits) => value.toString(8).padStart(digits, '0')
  const fields = [
    [name, 0],
    [octal(0o644, 7), 100],
    [octal(0, 7), 108],
    [octal(0, 7), 116],
    [octal(size, 11), 124],
  ]
  for (const [text, at] of [
    ...fields,
    [octal(1_795_000_000, 11), 136],
    ['        0', 148],
    ['ustar\x0000', 257],
  ])
    block.write(text, at, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0`, 148, 'latin1')
  return block
}

/** An image as it is inspected, under whatever name it is asked for. */
export function imageJson(name) {
  const familiar = decodeURIComponent(name).replace(/^docker\.io\/(library\/)?/, '')
  return {
    Id: `sha256:${'5'.padStart(64, '0')}`,
    RepoTags: [familiar],
    RepoDigests: [],
    Created: '2026-11-23T12:00:00.000000000Z',
    DockerVersion: '20.10.24+dfsg1',
    Config: {
      Env: Array(6).fill('VARIABLE=/usr/local/sbin:/usr/local/bin:/usr/sbin'),
      Cmd: ['sh'],
      Labels: {},
    },
    Architecture: 'amd64',
    Os: 'linux',
    Size: 1_960_000,
    GraphDriver: {
      Name: 'overlay2',
      Data: { MergedDir: '/data/overlay2/merged', UpperDir: '/data/overlay2/diff' },
    },
    RootFS: {
      Type: 'layers',
      Layers: Array.from({ length: 8 }, (_, i) => `sha256:${String(i).padStart(64, '0')}`),
    },
    Metadata: { LastTagTime: '2026-11-23T12:00:00Z' },
  }
}
