import { nowhere } from '../../test/live/support/trouble-answer.ts'
import { unknownHost } from './network.ts'
import type { Trouble } from './troubles.ts'

/** The registry of every row; the image is its team/app:1. */
const registryName = 'registry.example:5000'
const proxyName = 'proxy.example:3128'

/** An Engine's words without what differs from one capture to the next. */
export function plainWords(
  words: string,
  { address, repository, tag = '1', proxy = proxyName }: Trouble,
): string {
  return words
    .replaceAll(proxy, proxyName)
    .replaceAll(address, registryName)
    .replaceAll(unknownHost, 'registry.example')
    .replaceAll(nowhere, 'elsewhere.example:5001')
    .replaceAll(repository, 'team/app')
    .replaceAll(`app:${tag}`, 'app:1')
    .replaceAll(`manifests/${tag}`, 'manifests/1')
    .replaceAll(`manifest ${tag} in`, 'manifest 1 in')
    .replaceAll(/[\d.]+:\d+(?=->)/g, '10.0.0.2:40000')
    .replaceAll(/(?<= on | udp )[\d.]+:53\b/g, '127.0.0.53:53')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '0'.repeat(64))
    .replaceAll(/(\/var)?\/tmp(\/hf-disk-\w+)?(\/holdfast-\w+-\w+)?(?=\/)/g, '/var/lib/engine')
    .replaceAll(/\b(GetImageBlob|containerd-mount|storage)\d+/g, '$10')
    .replaceAll(/\bextract-\d+-\S+/g, 'extract-0')
    .replaceAll(/expected \d+ bytes but got \d+/g, 'expected 2000 bytes but got 1000')
}
