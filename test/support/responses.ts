/** The least that these responses of the Engine have. */
export const inspectedImage = { Id: 'sha256:1', Os: 'linux', Architecture: 'amd64' }
export const inspectedContainer = {
  Id: 'abc',
  State: { Running: false, OOMKilled: false, ExitCode: 0 },
}
export const engineVersion = { Version: '28.5.2', ApiVersion: '1.51', Os: 'linux', Arch: 'amd64' }
export const engineInfo = { ID: 'x' }
export const engineEvent = { Type: 'image', Action: 'pull', Actor: { ID: 'x' }, time: 1, timeNano: 1e9 }
export const pathStat = { name: 'b', size: 7, mode: 420, mtime: '2026-01-01T00:00:00Z', linkTarget: '' }
export const pathStatHeader = {
  'X-Docker-Container-Path-Stat': Buffer.from(JSON.stringify(pathStat)).toString('base64'),
}
