// The CRD's schema of spec and status, for objects that were stored under another: generated from deploy/crd/dittoserver.yaml by
// scripts/generate-types.ts; do not edit.
import type { Schema } from '../schema.ts';

export const SPEC_SCHEMA: Schema = {
  type: 'object',
  required: ['storage'],
  properties: {
    image: { type: 'string' },
    replicas: { type: 'integer', format: 'int32', minimum: 0, maximum: 1 },
    storage: {
      type: 'object',
      required: ['metadataSize'],
      properties: {
        metadataSize: { type: 'string', pattern: '^[0-9]+(Gi|Mi|Ti)$', maxLength: 20 },
        contentSize: { type: 'string', pattern: '^[0-9]+(Gi|Mi|Ti)$', maxLength: 20 },
        controlPlaneSize: { type: 'string', pattern: '^[0-9]+(Gi|Mi|Ti)$', maxLength: 20 },
        storageClassName: { type: 'string' },
      },
    },
    database: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['sqlite', 'postgres'] },
        sqlite: { type: 'object', properties: { path: { type: 'string' } } },
        postgresSecretRef: {
          type: 'object',
          properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
        },
      },
    },
    controlPlane: {
      type: 'object',
      properties: {
        port: { type: 'integer', format: 'int32', minimum: 1, maximum: 65535 },
        tls: { type: 'boolean' },
        certSecretName: { type: 'string', maxLength: 253 },
        clientCASecretName: { type: 'string', maxLength: 253 },
      },
    },
    identity: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['memory'] },
        jwt: {
          type: 'object',
          required: ['secretRef'],
          properties: {
            secretRef: {
              type: 'object',
              required: ['key'],
              properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
            },
            accessTokenDuration: { type: 'string', maxLength: 64 },
            refreshTokenDuration: { type: 'string', maxLength: 64 },
          },
        },
        admin: {
          type: 'object',
          properties: {
            username: { type: 'string' },
            passwordSecretRef: {
              type: 'object',
              required: ['key'],
              properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
            },
          },
        },
        ldap: {
          type: 'object',
          required: ['url', 'baseDN', 'bindDN'],
          properties: {
            enabled: { type: 'boolean' },
            url: { type: 'string' },
            baseDN: { type: 'string' },
            bindDN: { type: 'string' },
            bindPasswordSecretRef: {
              type: 'object',
              required: ['key'],
              properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
            },
            startTLS: { type: 'boolean' },
            allowPlaintext: { type: 'boolean' },
            userAttr: { type: 'string' },
            realm: { type: 'string' },
            idmap: { type: 'string', enum: ['rfc2307', 'rid'] },
            nestedGroups: { type: 'boolean' },
            caCertFile: { type: 'string' },
            insecureSkipVerify: { type: 'boolean' },
          },
        },
        kerberos: {
          type: 'object',
          properties: {
            enabled: { type: 'boolean' },
            servicePrincipal: { type: 'string' },
            realm: { type: 'string' },
            netbiosDomain: { type: 'string' },
            dnsDomain: { type: 'string' },
            krb5Conf: { type: 'string' },
            keytabSecretRef: {
              type: 'object',
              required: ['key'],
              properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
            },
            krb5ConfSecretRef: {
              type: 'object',
              required: ['key'],
              properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
            },
            machineAccount: {
              type: 'object',
              properties: {
                enabled: { type: 'boolean' },
                accountName: { type: 'string' },
                dcAddress: { type: 'array', items: { type: 'string' } },
                secretRef: {
                  type: 'object',
                  required: ['key'],
                  properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
                },
                keytabSecretRef: {
                  type: 'object',
                  required: ['key'],
                  properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
                },
              },
            },
          },
        },
      },
    },
    adapterDiscovery: { type: 'object', properties: { pollingInterval: { type: 'string' } } },
    adapterServices: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
        annotations: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    service: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
        annotations: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    metrics: {
      type: 'object',
      properties: {
        enabled: { type: 'boolean' },
        port: { type: 'integer', format: 'int32', minimum: 1, maximum: 65535 },
        path: { type: 'string', pattern: '^/.*' },
        bearerTokenSecret: {
          type: 'object',
          required: ['key'],
          properties: { name: { type: 'string' }, key: { type: 'string' }, optional: { type: 'boolean' } },
        },
        serviceMonitor: {
          type: 'object',
          properties: {
            enabled: { type: 'boolean' },
            interval: { type: 'string' },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
      },
    },
    logging: {
      type: 'object',
      properties: {
        level: { type: 'string', enum: ['DEBUG', 'INFO', 'WARN', 'ERROR'] },
        format: { type: 'string', enum: ['text', 'json'] },
        output: { type: 'string' },
      },
    },
    percona: {
      type: 'object',
      properties: {
        enabled: { type: 'boolean' },
        deletionPolicy: { type: 'string', enum: ['Delete', 'Retain', 'DeleteWithData'] },
        deleteWithServer: { type: 'boolean' },
        replicas: { type: 'integer', format: 'int32', minimum: 1, maximum: 5 },
        postgresVersion: { type: 'integer', format: 'int32', minimum: 12, maximum: 18 },
        storageSize: { type: 'string', maxLength: 32 },
        storageClassName: { type: 'string' },
        databaseName: { type: 'string', maxLength: 63 },
        images: {
          type: 'object',
          properties: {
            postgres: { type: 'string', minLength: 1 },
            pgbackrest: { type: 'string', minLength: 1 },
            initContainer: { type: 'string', minLength: 1 },
          },
        },
        sslMode: { type: 'string', enum: ['require', 'verify-full'] },
        resources: {
          type: 'object',
          properties: {
            claims: {
              type: 'array',
              items: {
                type: 'object',
                required: ['name'],
                properties: { name: { type: 'string' }, request: { type: 'string' } },
              },
            },
            limits: {
              type: 'object',
              additionalProperties: {
                pattern:
                  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
                type: 'int-or-string',
              },
            },
            requests: {
              type: 'object',
              additionalProperties: {
                pattern:
                  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
                type: 'int-or-string',
              },
            },
          },
        },
        backup: {
          type: 'object',
          properties: {
            enabled: { type: 'boolean' },
            credentialsSecretRef: { type: 'object', properties: { name: { type: 'string' } } },
            bucket: { type: 'string', maxLength: 255 },
            endpoint: { type: 'string', maxLength: 1024 },
            region: { type: 'string' },
            uriStyle: { type: 'string', enum: ['path', 'host'] },
            fullSchedule: { type: 'string' },
            incrSchedule: { type: 'string' },
            retentionDays: { type: 'integer', format: 'int32', minimum: 1 },
          },
        },
      },
    },
    waitForPostgres: {
      type: 'object',
      properties: { enabled: { type: 'boolean' }, image: { type: 'string', minLength: 1 } },
    },
    snapshotPolicies: {
      type: 'array',
      items: {
        type: 'object',
        required: ['share', 'interval'],
        properties: {
          share: { type: 'string' },
          interval: { type: 'string' },
          keepLast: { type: 'integer', format: 'int32', minimum: 0 },
          ttl: { type: 'string' },
          enabled: { type: 'boolean' },
          namePrefix: { type: 'string' },
        },
      },
    },
    resources: {
      type: 'object',
      properties: {
        claims: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, request: { type: 'string' } },
          },
        },
        limits: {
          type: 'object',
          additionalProperties: {
            pattern:
              '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
            type: 'int-or-string',
          },
        },
        requests: {
          type: 'object',
          additionalProperties: {
            pattern:
              '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
            type: 'int-or-string',
          },
        },
      },
    },
    terminationGracePeriodSeconds: { type: 'integer', format: 'int64', minimum: 36 },
    securityContext: {
      type: 'object',
      properties: {
        allowPrivilegeEscalation: { type: 'boolean' },
        appArmorProfile: {
          type: 'object',
          required: ['type'],
          properties: {
            localhostProfile: { type: 'string' },
            type: { type: 'string', enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] },
          },
        },
        capabilities: {
          type: 'object',
          properties: {
            add: { type: 'array', items: { type: 'string' } },
            drop: { type: 'array', items: { type: 'string' } },
          },
        },
        privileged: { type: 'boolean' },
        procMount: { type: 'string', enum: ['Default', 'Unmasked'] },
        readOnlyRootFilesystem: { type: 'boolean' },
        runAsGroup: { type: 'integer', format: 'int64' },
        runAsNonRoot: { type: 'boolean' },
        runAsUser: { type: 'integer', format: 'int64' },
        seLinuxOptions: {
          type: 'object',
          properties: {
            level: { type: 'string' },
            role: { type: 'string' },
            type: { type: 'string' },
            user: { type: 'string' },
          },
        },
        seccompProfile: {
          type: 'object',
          required: ['type'],
          properties: {
            localhostProfile: { type: 'string' },
            type: { type: 'string', enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] },
          },
        },
        windowsOptions: {
          type: 'object',
          properties: {
            gmsaCredentialSpec: { type: 'string' },
            gmsaCredentialSpecName: { type: 'string' },
            hostProcess: { type: 'boolean' },
            runAsUserName: { type: 'string' },
          },
        },
      },
    },
    podSecurityContext: {
      type: 'object',
      properties: {
        appArmorProfile: {
          type: 'object',
          required: ['type'],
          properties: {
            localhostProfile: { type: 'string' },
            type: { type: 'string', enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] },
          },
        },
        fsGroup: { type: 'integer', format: 'int64' },
        fsGroupChangePolicy: { type: 'string', enum: ['Always', 'OnRootMismatch'] },
        runAsGroup: { type: 'integer', format: 'int64' },
        runAsNonRoot: { type: 'boolean' },
        runAsUser: { type: 'integer', format: 'int64' },
        seLinuxChangePolicy: { type: 'string' },
        seLinuxOptions: {
          type: 'object',
          properties: {
            level: { type: 'string' },
            role: { type: 'string' },
            type: { type: 'string' },
            user: { type: 'string' },
          },
        },
        seccompProfile: {
          type: 'object',
          required: ['type'],
          properties: {
            localhostProfile: { type: 'string' },
            type: { type: 'string', enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] },
          },
        },
        supplementalGroups: { type: 'array', items: { type: 'integer', format: 'int64' } },
        supplementalGroupsPolicy: { type: 'string', enum: ['Merge', 'Strict'] },
        sysctls: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name', 'value'],
            properties: { name: { type: 'string' }, value: { type: 'string' } },
          },
        },
        windowsOptions: {
          type: 'object',
          properties: {
            gmsaCredentialSpec: { type: 'string' },
            gmsaCredentialSpecName: { type: 'string' },
            hostProcess: { type: 'boolean' },
            runAsUserName: { type: 'string' },
          },
        },
      },
    },
  },
};

export const STATUS_SCHEMA: Schema = {
  type: 'object',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64' },
    replicas: { type: 'integer', format: 'int32' },
    readyReplicas: { type: 'integer', format: 'int32' },
    availableReplicas: { type: 'integer', format: 'int32' },
    phase: { type: 'string', enum: ['Pending', 'Running', 'Failed', 'Stopped', 'Deleting'] },
    configHash: { type: 'string' },
    perconaClusterName: { type: 'string' },
    perconaClusterUid: { type: 'string' },
    conditions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
        properties: {
          type: {
            type: 'string',
            maxLength: 316,
            pattern:
              '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
          },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          reason: {
            type: 'string',
            minLength: 1,
            maxLength: 1024,
            pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
          },
          message: { type: 'string', maxLength: 32768 },
          lastTransitionTime: { type: 'string', format: 'date-time' },
          observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
        },
      },
    },
  },
};
