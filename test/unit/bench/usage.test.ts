// What Linux tells of processes, and what was used between two moments.
import { busyMsIn, cpuMsIn, rssMibIn, usageOf } from '../../bench/usage.ts';

const STAT =
  '4242 (node (main) x) S 1 4242 4242 0 -1 4194560 97421 0 12 0 1234 66 0 0 20 0 12 0 5000 1000000 2000 18446744073709551615';

test('CPU time is user and system time, whatever the name of the process', () => {
  expect(cpuMsIn(STAT)).toBe((1234 + 66) * 10);
});

test('resident memory is told in MiB, and is nothing for a process that has ended', () => {
  expect(rssMibIn('Name:\tnode\nVmHWM:\t  900000 kB\nVmRSS:\t  524288 kB\nThreads:\t12\n')).toBe(512);
  expect(rssMibIn('')).toBe(0);
});

test('the machine is busy with everything but idling and waiting for disks; guests are in user time already', () => {
  expect(busyMsIn('cpu  100 2 30 5000 400 5 6 7 80 0\ncpu0 50 1 15 2500 200 2 3 4 40 0\n')).toBe(1_500);
});

describe('the use between two moments', () => {
  const group = (provisioner: number, temporal: number, controlPlane: number) => ({
    provisioner,
    temporal,
    controlPlane,
  });
  const sample = (atMs: number, cpu: number, rss: number) => ({
    atMs,
    cpuMs: group(cpu, 2 * cpu, 3 * cpu),
    rssMib: group(rss, 0, 0),
    harnessMs: cpu,
    busyMs: 10 * cpu,
  });
  const samples = [
    sample(0, 0, 500),
    sample(250, 10, 100),
    sample(500, 20, 300),
    sample(750, 40, 200),
    sample(1_000, 50, 900),
  ];

  test('is taken from the last sample before it to the first after it', () => {
    expect(usageOf(samples, 300, 600)).toEqual({
      seconds: 0.5,
      cpuMs: group(30, 60, 90),
      peakRssMib: group(300, 0, 0),
      otherCpuMs: 300 - 180 - 30,
    });
  });

  test('ends with the last sample when nothing came after it, and begins with the first when nothing came before', () => {
    expect(usageOf(samples, -100, 5_000).cpuMs).toEqual(group(50, 100, 150));
  });

  test('counts no negative load of others when clocks disagree by a tick', () => {
    expect(usageOf([{ ...sample(0, 0, 0), busyMs: 50 }, sample(250, 5, 0)], 0, 250).otherCpuMs).toBe(0);
  });
});
