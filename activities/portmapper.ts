// NFS clients look for the portmapper, which is off in a new server. It is switched on together with the making of our account, so once
// per life of the server's database: whoever switches it off later means it.
import type { DittoFsApi } from '../src/dittofs/index.ts';

const NFS = 'nfs';

/**
 * Switches it on. The setting counts from the next start of the adapter on (DittoFS 0.29.0), so that the adapter is restarted where
 * nobody can have mounted anything yet; else that is left to the next start of the server. May be repeated: an adapter that was left
 * off half-way is found by the setting, which comes first.
 *
 * @throws DittoFsError
 */
export async function enablePortmapper(api: DittoFsApi, token: string): Promise<void> {
  const [isOn, shares, adapters] = await Promise.all([
    api.isPortmapperEnabled(token),
    api.shares(token),
    api.adapters(token),
  ]);
  if (!isOn) await api.enablePortmapper(token);
  if (shares.length > 0) return;
  const runs = adapters.find(({ type }) => type === NFS)?.enabled;
  if (runs === undefined || runs === isOn) return;
  if (runs) await api.switchAdapter(token, NFS, false);
  await api.switchAdapter(token, NFS, true);
}
