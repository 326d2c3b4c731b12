import {
  byteRate,
  device,
  deviceRule,
  deviceWeight,
  gpus,
  operationRate,
  ulimit,
  weight,
} from '../values/device.ts'
import { anyInteger, boolean, cpus, integer, text } from '../values/scalar.ts'
import { size, sizeOrUnlimited } from '../values/size.ts'
import { type ContainerFlags, host } from './container.ts'
import { add, grouped, into, set } from './flag.ts'

/** What docker's flags say of the memory, CPUs and devices of a container. */
export const resourceFlags = grouped<ContainerFlags>('Resources', [
  { name: 'memory', short: 'm', about: 'Memory limit, as 512m or 1.5g', ...set(host, 'Memory', size) },
  {
    name: 'memory-reservation',
    about: 'Memory that the container keeps when the host is short of it',
    ...set(host, 'MemoryReservation', size),
  },
  {
    name: 'memory-swap',
    about: 'Limit of memory and swap together; -1 is none',
    ...set(host, 'MemorySwap', sizeOrUnlimited),
  },
  {
    name: 'memory-swappiness',
    about: 'How readily memory is swapped, 0 to 100',
    ...set(host, 'MemorySwappiness', integer(-1, 100)),
  },
  {
    name: 'oom-kill-disable',
    about: 'Do not kill processes when memory runs out',
    ...set(host, 'OomKillDisable', boolean),
  },
  {
    name: 'oom-score-adj',
    about: "The kernel's preference to kill it when memory runs out, -1000 to 1000",
    ...set(host, 'OomScoreAdj', anyInteger),
  },
  { name: 'cpus', about: 'CPU limit, as 1.5', ...set(host, 'NanoCpus', cpus) },
  {
    name: 'cpu-shares',
    short: 'c',
    about: 'CPU weight beside other containers',
    ...set(host, 'CpuShares', anyInteger),
  },
  {
    name: 'cpu-period',
    about: 'Period of the CPU quota, in microseconds',
    ...set(host, 'CpuPeriod', anyInteger),
  },
  {
    name: 'cpu-quota',
    about: 'CPU time in each period, in microseconds',
    ...set(host, 'CpuQuota', anyInteger),
  },
  {
    name: 'cpu-rt-period',
    about: 'Period of the real-time CPU limit, in microseconds',
    ...set(host, 'CpuRealtimePeriod', anyInteger),
  },
  {
    name: 'cpu-rt-runtime',
    about: 'Real-time CPU time in each period, in microseconds',
    ...set(host, 'CpuRealtimeRuntime', anyInteger),
  },
  {
    name: 'cpuset-cpus',
    about: 'CPUs that may be used, as 0-3 or 0,1',
    ...set(host, 'CpusetCpus', text('CPUS')),
  },
  {
    name: 'cpuset-mems',
    about: 'Memory nodes that may be used, as 0-3 or 0,1',
    ...set(host, 'CpusetMems', text('NODES')),
  },
  { name: 'cpu-count', about: 'Number of CPUs (Windows)', ...set(host, 'CpuCount', anyInteger) },
  { name: 'cpu-percent', about: 'Percent of the CPUs (Windows)', ...set(host, 'CpuPercent', anyInteger) },
  { name: 'pids-limit', about: 'Limit of processes; -1 is none', ...set(host, 'PidsLimit', anyInteger) },
  {
    name: 'ulimit',
    about: 'Limit a resource of processes',
    ...into(ulimit, (flags: ContainerFlags, limit) => {
      const others = (host(flags).Ulimits ?? []).filter(({ Name }) => Name !== limit.Name)
      host(flags).Ulimits = [...others, limit]
    }),
  },
  { name: 'blkio-weight', about: 'Weight of block I/O, 10 to 1000', ...set(host, 'BlkioWeight', weight) },
  {
    name: 'blkio-weight-device',
    about: 'Weight of block I/O of a device',
    ...add(host, 'BlkioWeightDevice', deviceWeight),
  },
  {
    name: 'device-read-bps',
    about: 'Limit reading from a device, in bytes a second',
    ...add(host, 'BlkioDeviceReadBps', byteRate),
  },
  {
    name: 'device-read-iops',
    about: 'Limit reading from a device, in operations a second',
    ...add(host, 'BlkioDeviceReadIOps', operationRate),
  },
  {
    name: 'device-write-bps',
    about: 'Limit writing to a device, in bytes a second',
    ...add(host, 'BlkioDeviceWriteBps', byteRate),
  },
  {
    name: 'device-write-iops',
    about: 'Limit writing to a device, in operations a second',
    ...add(host, 'BlkioDeviceWriteIOps', operationRate),
  },
  {
    name: 'io-maxbandwidth',
    about: 'Limit the I/O of the system drive, in bytes a second (Windows)',
    ...set(host, 'IOMaximumBandwidth', size),
  },
  {
    name: 'io-maxiops',
    about: 'Limit the I/O of the system drive, in operations a second (Windows)',
    ...set(host, 'IOMaximumIOps', integer(0)),
  },
  {
    name: 'gpus',
    about: 'GPUs to add: all, a number, or device=..., driver=..., ...',
    ...add(host, 'DeviceRequests', gpus),
  },
  {
    name: 'device',
    about: 'Add a device of the host',
    ...into(device, (flags: ContainerFlags, device) => {
      const config = host(flags)
      if (typeof device !== 'string') {
        config.Devices = [...(config.Devices ?? []), device]
        return
      }
      // All CDI devices are one request.
      const { DeviceRequests: requests = [] } = config
      const DeviceIDs = [...(requests.find(({ Driver }) => Driver === 'cdi')?.DeviceIDs ?? []), device]
      config.DeviceRequests = [
        ...requests.filter(({ Driver }) => Driver !== 'cdi'),
        { Driver: 'cdi', DeviceIDs },
      ]
    }),
    sets: 'Devices',
  },
  {
    name: 'device-cgroup-rule',
    about: 'A rule of what may be done with devices, as "c 1:3 mr"',
    ...add(host, 'DeviceCgroupRules', deviceRule),
  },
])
