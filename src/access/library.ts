import type { Kysely } from 'kysely'
import type { Schema } from '../db/schema'

/** Twelve random words' worth is asked of nobody; the longest that hashing is offered. */
export const PASSWORD_LENGTH = { min: 12, max: 128 }
export const SESSION_SECONDS = 30 * 86_400

/**
 * better-auth on a connection of ours, or in a transaction of ours: it knows how passwords are
 * hashed, and which rows people, their passwords and their log-ins are. Its own routes, cookies and
 * mails stay unused. Made anew for each transaction, which takes less than a millisecond.
 */
export async function libraryOn(db: Kysely<Schema>, secret: string) {
  // Loading it takes longer than most commands that never need it.
  const { betterAuth } = await import('better-auth')
  const auth = betterAuth({
    baseURL: 'http://muster.invalid',
    secret,
    database: { db, type: 'postgres' },
    logger: { disabled: true },
    telemetry: { enabled: false },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
    },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    session: {
      modelName: 'sessions',
      expiresIn: SESSION_SECONDS,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
    },
  })
  const { internalAdapter: rows, password } = await auth.$context
  return { rows, password }
}
