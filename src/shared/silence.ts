/** The intervals without a success after which exports are silent; the number of luci-go's `server/tsmon`. */
export const SILENT_AFTER = 5;
