/** The flags of `docker run` that `holdfast run` does not have. */
export const dockerRun = lacks(
  { a: 'attach', c: 'cpu-shares', d: 'detach', h: 'hostname', p: 'publish', P: 'publish-all' },
  `add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile
  cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpuset-cpus cpuset-mems detach
  detach-keys device device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops
  disable-content-trust dns dns-opt dns-option dns-search domainname expose gpus group-add health-cmd health-interval
  health-retries health-start-interval health-start-period health-timeout hostname io-maxbandwidth io-maxiops ip ip6
  ipc isolation kernel-memory label-file link link-local-ip log-driver log-opt mac-address memory-reservation
  memory-swap memory-swappiness net-alias network-alias no-healthcheck oom-kill-disable oom-score-adj pid pids-limit
  privileged publish publish-all read-only restart runtime security-opt shm-size sig-proxy stop-signal stop-timeout
  storage-opt sysctl tmpfs ulimit use-api-socket userns uts volume-driver volumes-from`,
)

/** The flags of `docker pull` that `holdfast pull` does not have. */
export const dockerPull = lacks({ a: 'all-tags' }, 'all-tags disable-content-trust')

/** The flags of `docker version` that `holdfast version` does not have. */
export const dockerVersion = lacks({ f: 'format' }, 'format')

/** For commands that docker does not have. */
export const dockerNothing = lacks({}, '')

function lacks(shorts: Record<string, string>, names: string) {
  return { shorts: new Map(Object.entries(shorts)), names: new Set(names.split(/\s+/).filter(Boolean)) }
}
