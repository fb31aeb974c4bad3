/** Databases that a server has by default, to connect to when the wanted one may not exist yet. */
export const MAINTENANCE_DATABASES = ['postgres', 'template1'];
