// Types of a DittoServer as it is stored: generated from deploy/crd/dittoserver.yaml by scripts/generate-types.ts; do not edit.
import type { ObjectMeta } from '../kubernetes.ts';
import type { SecretKeySelector } from '../secret-key-selector.ts';

/**
 * A DittoFS server, its storage, and on request the PostgreSQL database that it keeps its control plane in. Annotations: dittofs.io/paused "true" holds every step; dittofs.io/rotate-password with a new value has the database password changed once; dittofs.io/admit-template with a revision, or "always", lets a pod template of another version be replaced; dittofs.io/switch-database, adopt-database and accept-empty-database decide about databases.
 */
export interface DittoServer {
  readonly apiVersion: 'dittofs.dittofs.com/v1alpha1';
  readonly kind: 'DittoServer';
  readonly metadata: ObjectMeta;
  readonly spec?: DittoServerSpec;
  readonly status?: DittoServerStatus;
}
/**
 * What the user asks for.
 */
export interface DittoServerSpec {
  /**
   * Image of the DittoFS server. A tag that never moves is better than "latest": the pod restarts when this value changes, not when the tag does.
   */
  readonly image?: string;
  /**
   * 1 runs the server, 0 stops it and keeps its data. More than one is not possible.
   */
  readonly replicas?: number;
  /**
   * Volumes of the DittoFS server. They are never deleted with the DittoServer.
   */
  readonly storage: {
    /**
     * Size of the volume for metadata stores, mounted at /data/store/metadata. May only grow once the volume exists.
     */
    readonly metadataSize: string;
    /**
     * Size of the volume for local blocks and the journal, mounted at /data/store/block. Without it there is no such volume. May only grow once the volume exists.
     */
    readonly contentSize?: string;
    /**
     * Size of the volume for the control plane (with SQLite its database), mounted at /data/controlplane. May only grow once the volume exists.
     */
    readonly controlPlaneSize?: string;
    /**
     * StorageClass of these volumes. Without it the cluster's default class is used.
     */
    readonly storageClassName?: string;
  };
  /**
   * Where the server keeps its control plane (users, shares, stores), unless spec.percona.enabled gives it a database of its own.
   */
  readonly database?: {
    /**
     * What is expected: PostgreSQL is chosen by postgresSecretRef or spec.percona.enabled, whatever stands here, but postgres without either is refused.
     */
    readonly type?: 'sqlite' | 'postgres';
    /**
     * The SQLite database, used when no PostgreSQL is configured.
     */
    readonly sqlite?: {
      /**
       * File of the database. It must lie on a volume to survive a restart.
       */
      readonly path?: string;
    };
    /**
     * An external PostgreSQL. The Secret holds the keys host, database, user and password, and may hold port (5432 if absent) and sslmode (require if absent). Its presence chooses PostgreSQL.
     */
    readonly postgresSecretRef?: SecretKeySelector;
  };
  /**
   * The server's REST API.
   */
  readonly controlPlane?: {
    /**
     * Port of the API, in the pod and on its Services.
     */
    readonly port?: number;
    /**
     * Whether the API is reached by https, e.g. because something in front of the server ends TLS. certSecretName implies it.
     */
    readonly tls?: boolean;
    /**
     * Secret of type kubernetes.io/tls (tls.crt, tls.key, and ca.crt if the issuer is not generally known). The server then speaks TLS.
     */
    readonly certSecretName?: string;
    /**
     * Secret with ca.crt. The server then asks every client for a certificate of this CA; the provisioner shows the one under tls.crt and tls.key of the same Secret, without which it cannot log in. Only ca.crt reaches the pod.
     */
    readonly clientCASecretName?: string;
  };
  /**
   * Who may use the server.
   */
  readonly identity?: {
    /**
     * Without effect: users are kept in the control plane database.
     */
    readonly type?: 'memory';
    /**
     * Tokens of the API.
     */
    readonly jwt?: {
      /**
       * Key that signs the tokens, at least 32 characters. With an empty name a random one is generated and kept in the Secret "<name>-jwt-secret".
       */
      readonly secretRef: SecretKeySelector;
      /**
       * How long an access token is valid.
       */
      readonly accessTokenDuration?: string;
      /**
       * How long a refresh token is valid.
       */
      readonly refreshTokenDuration?: string;
    };
    /**
     * The first administrator, made when the database has none.
     */
    readonly admin?: {
      /**
       * Without effect: the server always names its first administrator "admin".
       */
      readonly username?: string;
      /**
       * Password of the first administrator, in clear text, 8 to 72 bytes. Without it a random one is generated and kept in the Secret "<name>-admin-bootstrap-credentials". It counts only until the administrator exists; change it later through the API.
       */
      readonly passwordSecretRef?: SecretKeySelector;
    };
    /**
     * Users from an LDAP directory.
     */
    readonly ldap?: {
      /**
       * Whether the directory is used.
       */
      readonly enabled?: boolean;
      /**
       * Address, e.g. ldaps://ldap.example.com.
       */
      readonly url: string;
      /**
       * Entry below which users are searched.
       */
      readonly baseDN: string;
      /**
       * Account that searches.
       */
      readonly bindDN: string;
      /**
       * Password of the account in bindDN.
       */
      readonly bindPasswordSecretRef?: SecretKeySelector;
      /**
       * Whether to switch an ldap:// connection to TLS.
       */
      readonly startTLS?: boolean;
      /**
       * Whether an unencrypted connection is accepted.
       */
      readonly allowPlaintext?: boolean;
      /**
       * Attribute that holds the user name.
       */
      readonly userAttr?: string;
      /**
       * Realm of the users.
       */
      readonly realm?: string;
      /**
       * How Unix ids are found.
       */
      readonly idmap?: 'rfc2307' | 'rid';
      /**
       * Whether groups in groups count.
       */
      readonly nestedGroups?: boolean;
      /**
       * File in the pod with the CA of the directory.
       */
      readonly caCertFile?: string;
      /**
       * Whether the certificate of the directory goes unchecked. Not for production.
       */
      readonly insecureSkipVerify?: boolean;
    };
    /**
     * Users by Kerberos.
     */
    readonly kerberos?: {
      /**
       * Whether Kerberos is used.
       */
      readonly enabled?: boolean;
      /**
       * Principal of the service, e.g. nfs/files.example.com@EXAMPLE.COM.
       */
      readonly servicePrincipal?: string;
      /**
       * Kerberos realm.
       */
      readonly realm?: string;
      /**
       * NetBIOS name of the domain.
       */
      readonly netbiosDomain?: string;
      /**
       * DNS name of the domain.
       */
      readonly dnsDomain?: string;
      /**
       * Path of a krb5.conf in the pod.
       */
      readonly krb5Conf?: string;
      /**
       * Keytab of the service principal.
       */
      readonly keytabSecretRef?: SecretKeySelector;
      /**
       * A krb5.conf of your own.
       */
      readonly krb5ConfSecretRef?: SecretKeySelector;
      /**
       * Account of the server in an Active Directory domain.
       */
      readonly machineAccount?: {
        /**
         * Whether the account is used.
         */
        readonly enabled?: boolean;
        /**
         * Name of the account, e.g. FILES$.
         */
        readonly accountName?: string;
        /**
         * Addresses of domain controllers.
         */
        readonly dcAddress?: string[];
        /**
         * Password of the account.
         */
        readonly secretRef?: SecretKeySelector;
        /**
         * Keytab of the account, in place of its password.
         */
        readonly keytabSecretRef?: SecretKeySelector;
      };
    };
  };
  /**
   * How the server is asked which protocol adapters (NFS, SMB) run.
   */
  readonly adapterDiscovery?: {
    /**
     * How often, as a duration.
     */
    readonly pollingInterval?: string;
  };
  /**
   * Services through which clients reach the protocol adapters.
   */
  readonly adapterServices?: {
    /**
     * Type of the Services.
     */
    readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
    /**
     * Annotations of the Services, e.g. for a cloud load balancer.
     */
    readonly annotations?: {
      readonly [k: string]: string;
    };
  };
  /**
   * The Service of the REST API, "<name>-api".
   */
  readonly service?: {
    /**
     * Type of the Service.
     */
    readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
    /**
     * Annotations of the Service.
     */
    readonly annotations?: {
      readonly [k: string]: string;
    };
  };
  /**
   * The server's Prometheus metrics.
   */
  readonly metrics?: {
    /**
     * Whether metrics are served.
     */
    readonly enabled?: boolean;
    /**
     * Port of the metrics.
     */
    readonly port?: number;
    /**
     * Path of the metrics.
     */
    readonly path?: string;
    /**
     * Token that a scraper must present. Without it metrics are open to who reaches the port.
     */
    readonly bearerTokenSecret?: SecretKeySelector;
    /**
     * ServiceMonitor for the Prometheus operator, where that is installed.
     */
    readonly serviceMonitor?: {
      /**
       * Whether a ServiceMonitor is made.
       */
      readonly enabled?: boolean;
      /**
       * How often to scrape, e.g. 30s.
       */
      readonly interval?: string;
      /**
       * Labels by which your Prometheus selects its ServiceMonitors.
       */
      readonly labels?: {
        readonly [k: string]: string;
      };
    };
  };
  /**
   * The server's log.
   */
  readonly logging?: {
    /**
     * Least severe level that is logged; INFO if absent.
     */
    readonly level?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
    /**
     * Form of a line; json if absent.
     */
    readonly format?: 'text' | 'json';
    /**
     * stdout, stderr or a file; stdout if absent.
     */
    readonly output?: string;
  };
  /**
   * A PostgreSQL cluster of its own, made through the Percona Operator for PostgreSQL as PerconaPGCluster "<name>-postgres". Edits are passed on to the cluster; what you change on the cluster itself stays.
   */
  readonly percona?: {
    /**
     * Whether the server gets such a cluster. It keeps its control plane there in place of SQLite.
     */
    readonly enabled?: boolean;
    /**
     * What becomes of the database when the DittoServer is deleted. Delete, the policy if nothing is set, removes the cluster and keeps its volumes and its user Secret; Retain keeps it running; DeleteWithData removes its volumes and its user Secret too. If absent, deleteWithServer decides.
     */
    readonly deletionPolicy?: 'Delete' | 'Retain' | 'DeleteWithData';
    /**
     * The older form of deletionPolicy: true is Delete, false is Retain. deletionPolicy wins. It has no default any more.
     */
    readonly deleteWithServer?: boolean;
    /**
     * PostgreSQL instances; more than one for failover.
     */
    readonly replicas?: number;
    /**
     * Major version of PostgreSQL. It can be chosen when the cluster is made; a running one is not moved to another major.
     */
    readonly postgresVersion?: number;
    /**
     * Size of the data volume of each instance, at least 1Gi. May only grow.
     */
    readonly storageSize?: string;
    /**
     * StorageClass of the data volumes. Without it the cluster's default class is used.
     */
    readonly storageClassName?: string;
    /**
     * Name of the database that the server uses. Cannot be changed once the database exists.
     */
    readonly databaseName?: string;
    /**
     * Images of the cluster's pods, for private registries or other builds. Those not given come from a table by operator version.
     */
    readonly images?: {
      /**
       * PostgreSQL with Patroni. Its major version must be postgresVersion.
       */
      readonly postgres?: string;
      /**
       * pgBackRest. Operators 2.9.0 and 3.0.0 want it also without backups.
       */
      readonly pgbackrest?: string;
      /**
       * The image of the Percona operator itself, which each pod of the cluster starts with.
       */
      readonly initContainer?: string;
    };
    /**
     * How the server checks PostgreSQL's certificate. require encrypts; verify-full also checks name and issuer against the cluster's own CA, and then a renewed CA restarts the server.
     */
    readonly sslMode?: 'require' | 'verify-full';
    /**
     * CPU and memory of each PostgreSQL instance.
     */
    readonly resources?: {
      /**
       * Claims lists the names of resources, defined in spec.resourceClaims, that are used by this container.
       *
       * This field depends on the DynamicResourceAllocation feature gate.
       *
       * This field is immutable. It can only be set for containers.
       *
       * Items: ResourceClaim references one entry in PodSpec.ResourceClaims.
       */
      readonly claims?: {
        /**
         * Name must match the name of one entry in pod.spec.resourceClaims of the Pod where this field is used. It makes that resource available inside a container.
         */
        readonly name: string;
        /**
         * Request is the name chosen for a request in the referenced claim. If empty, everything from the claim is made available, otherwise only the result of this request.
         */
        readonly request?: string;
      }[];
      /**
       * Limits describes the maximum amount of compute resources allowed. More info: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
       */
      readonly limits?: {
        readonly [k: string]: number | string;
      };
      /**
       * Requests describes the minimum amount of compute resources required. If Requests is omitted for a container, it defaults to Limits if that is explicitly specified, otherwise to an implementation-defined value. Requests cannot exceed Limits. More info: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
       */
      readonly requests?: {
        readonly [k: string]: number | string;
      };
    };
    /**
     * Backups to S3 by pgBackRest. Without them the database has none.
     */
    readonly backup?: {
      /**
       * Whether backups are made.
       */
      readonly enabled?: boolean;
      /**
       * Secret with pgBackRest configuration files: a key that ends in .conf, e.g. s3.conf, whose text holds "[global]", "repo1-s3-key=..." and "repo1-s3-key-secret=...". Single keys such as s3-key are not read. Not needed where the pods have an identity of their own.
       */
      readonly credentialsSecretRef?: {
        /**
         * Name of the Secret, in the DittoServer's namespace.
         */
        readonly name?: string;
      };
      /**
       * S3 bucket. Required when enabled.
       */
      readonly bucket?: string;
      /**
       * S3 endpoint, host or https URL. Required when enabled.
       */
      readonly endpoint?: string;
      /**
       * S3 region.
       */
      readonly region?: string;
      /**
       * How the bucket is named in requests: path for MinIO and most others, host for AWS.
       */
      readonly uriStyle?: 'path' | 'host';
      /**
       * When a full backup is made, five cron fields in the operator's time zone.
       */
      readonly fullSchedule?: string;
      /**
       * When an incremental backup is made, five cron fields in the operator's time zone.
       */
      readonly incrSchedule?: string;
      /**
       * How many days full backups, and what builds on them, are kept.
       */
      readonly retentionDays?: number;
    };
  };
  /**
   * The init container that lets the server start only once PostgreSQL accepts its login; used with spec.percona.enabled and spec.database.postgresSecretRef.
   */
  readonly waitForPostgres?: {
    /**
     * Whether the pod has it. A sidecar mesh whose network comes up after init containers needs false.
     */
    readonly enabled?: boolean;
    /**
     * Any image with sh and psql 12 or later. Without it the cluster's PostgreSQL image is used, with an external PostgreSQL that of Percona's PostgreSQL 16.
     */
    readonly image?: string;
  };
  /**
   * Scheduled snapshots of shares.
   *
   * Items: The schedule of one share.
   */
  readonly snapshotPolicies?: {
    /**
     * Name of the share, e.g. /export.
     */
    readonly share: string;
    /**
     * A duration, or @hourly, @daily, @weekly.
     */
    readonly interval: string;
    /**
     * How many snapshots are kept.
     */
    readonly keepLast?: number;
    /**
     * How long a snapshot is kept, as a duration.
     */
    readonly ttl?: string;
    /**
     * Whether the schedule is active.
     */
    readonly enabled?: boolean;
    /**
     * What the names of its snapshots begin with.
     */
    readonly namePrefix?: string;
  }[];
  /**
   * CPU and memory of the DittoFS server. If absent, it asks for 100m and 128Mi and may use 2 CPUs and 1Gi; {} sets none.
   */
  readonly resources?: {
    /**
     * Claims lists the names of resources, defined in spec.resourceClaims, that are used by this container.
     *
     * This field depends on the DynamicResourceAllocation feature gate.
     *
     * This field is immutable. It can only be set for containers.
     *
     * Items: ResourceClaim references one entry in PodSpec.ResourceClaims.
     */
    readonly claims?: {
      /**
       * Name must match the name of one entry in pod.spec.resourceClaims of the Pod where this field is used. It makes that resource available inside a container.
       */
      readonly name: string;
      /**
       * Request is the name chosen for a request in the referenced claim. If empty, everything from the claim is made available, otherwise only the result of this request.
       */
      readonly request?: string;
    }[];
    /**
     * Limits describes the maximum amount of compute resources allowed. More info: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
     */
    readonly limits?: {
      readonly [k: string]: number | string;
    };
    /**
     * Requests describes the minimum amount of compute resources required. If Requests is omitted for a container, it defaults to Limits if that is explicitly specified, otherwise to an implementation-defined value. Requests cannot exceed Limits. More info: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
     */
    readonly requests?: {
      readonly [k: string]: number | string;
    };
  };
  /**
   * Seconds that the server gets to write its data out when it is stopped; 105 if absent.
   */
  readonly terminationGracePeriodSeconds?: number;
  /**
   * Security settings of the server's container. What is not set here is filled in so that the restricted Pod Security Standard is met.
   */
  readonly securityContext?: {
    /**
     * AllowPrivilegeEscalation controls whether a process can gain more privileges than its parent process. This bool directly controls if the no_new_privs flag will be set on the container process. AllowPrivilegeEscalation is true always when the container is: 1) run as Privileged 2) has CAP_SYS_ADMIN Note that this field cannot be set when spec.os.name is windows.
     */
    readonly allowPrivilegeEscalation?: boolean;
    /**
     * appArmorProfile is the AppArmor options to use by this container. If set, this profile overrides the pod's appArmorProfile. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly appArmorProfile?: {
      /**
       * localhostProfile indicates a profile loaded on the node that should be used. The profile must be preconfigured on the node to work. Must match the loaded name of the profile. Must be set if and only if type is "Localhost".
       */
      readonly localhostProfile?: string;
      /**
       * type indicates which kind of AppArmor profile will be applied. Valid options are:
       *   Localhost - a profile pre-loaded on the node.
       *   RuntimeDefault - the container runtime's default profile.
       *   Unconfined - no AppArmor enforcement.
       *
       * Possible enum values:
       *  - `"Localhost"` indicates that a profile pre-loaded on the node should be used.
       *  - `"RuntimeDefault"` indicates that the container runtime's default AppArmor profile should be used.
       *  - `"Unconfined"` indicates that no AppArmor profile should be enforced.
       */
      readonly type: 'Localhost' | 'RuntimeDefault' | 'Unconfined';
    };
    /**
     * The capabilities to add/drop when running containers. Defaults to the default set of capabilities granted by the container runtime. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly capabilities?: {
      /**
       * Added capabilities
       */
      readonly add?: string[];
      /**
       * Removed capabilities
       */
      readonly drop?: string[];
    };
    /**
     * Run container in privileged mode. Processes in privileged containers are essentially equivalent to root on the host. Defaults to false. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly privileged?: boolean;
    /**
     * procMount denotes the type of proc mount to use for the containers. The default value is Default which uses the container runtime defaults for readonly paths and masked paths. Note that this field cannot be set when spec.os.name is windows.
     *
     * Possible enum values:
     *  - `"Default"` uses the container runtime defaults for readonly and masked paths for /proc. Most container runtimes mask certain paths in /proc to avoid accidental security exposure of special devices or information.
     *  - `"Unmasked"` bypasses the default masking behavior of the container runtime and ensures the newly created /proc the container stays in tact with no modifications.
     */
    readonly procMount?: 'Default' | 'Unmasked';
    /**
     * Whether this container has a read-only root filesystem. Default is false. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly readOnlyRootFilesystem?: boolean;
    /**
     * The GID to run the entrypoint of the container process. Uses runtime default if unset. May also be set in PodSecurityContext.  If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly runAsGroup?: number;
    /**
     * Indicates that the container must run as a non-root user. If true, the Kubelet will validate the image at runtime to ensure that it does not run as UID 0 (root) and fail to start the container if it does. If unset or false, no such validation will be performed. May also be set in PodSecurityContext.  If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
     */
    readonly runAsNonRoot?: boolean;
    /**
     * The UID to run the entrypoint of the container process. Defaults to user specified in image metadata if unspecified. May also be set in PodSecurityContext.  If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly runAsUser?: number;
    /**
     * The SELinux context to be applied to the container. If unspecified, the container runtime will allocate a random SELinux context for each container.  May also be set in PodSecurityContext.  If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly seLinuxOptions?: {
      /**
       * Level is SELinux level label that applies to the container.
       */
      readonly level?: string;
      /**
       * Role is a SELinux role label that applies to the container.
       */
      readonly role?: string;
      /**
       * Type is a SELinux type label that applies to the container.
       */
      readonly type?: string;
      /**
       * User is a SELinux user label that applies to the container.
       */
      readonly user?: string;
    };
    /**
     * The seccomp options to use by this container. If seccomp options are provided at both the pod & container level, the container options override the pod options. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly seccompProfile?: {
      /**
       * localhostProfile indicates a profile defined in a file on the node should be used. The profile must be preconfigured on the node to work. Must be a descending path, relative to the kubelet's configured seccomp profile location. Must be set if type is "Localhost". Must NOT be set for any other type.
       */
      readonly localhostProfile?: string;
      /**
       * type indicates which kind of seccomp profile will be applied. Valid options are:
       *
       * Localhost - a profile defined in a file on the node should be used. RuntimeDefault - the container runtime default profile should be used. Unconfined - no profile should be applied.
       *
       * Possible enum values:
       *  - `"Localhost"` indicates a profile defined in a file on the node should be used. The file's location relative to <kubelet-root-dir>/seccomp.
       *  - `"RuntimeDefault"` represents the default container runtime seccomp profile.
       *  - `"Unconfined"` indicates no seccomp profile is applied (A.K.A. unconfined).
       */
      readonly type: 'Localhost' | 'RuntimeDefault' | 'Unconfined';
    };
    /**
     * The Windows specific settings applied to all containers. If unspecified, the options from the PodSecurityContext will be used. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence. Note that this field cannot be set when spec.os.name is linux.
     */
    readonly windowsOptions?: {
      /**
       * GMSACredentialSpec is where the GMSA admission webhook (https://github.com/kubernetes-sigs/windows-gmsa) inlines the contents of the GMSA credential spec named by the GMSACredentialSpecName field.
       */
      readonly gmsaCredentialSpec?: string;
      /**
       * GMSACredentialSpecName is the name of the GMSA credential spec to use.
       */
      readonly gmsaCredentialSpecName?: string;
      /**
       * HostProcess determines if a container should be run as a 'Host Process' container. All of a Pod's containers must have the same effective HostProcess value (it is not allowed to have a mix of HostProcess containers and non-HostProcess containers). In addition, if HostProcess is true then HostNetwork must also be set to true.
       */
      readonly hostProcess?: boolean;
      /**
       * The UserName in Windows to run the entrypoint of the container process. Defaults to the user specified in image metadata if unspecified. May also be set in PodSecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
       */
      readonly runAsUserName?: string;
    };
  };
  /**
   * Security settings of the pod, taken as they are. If absent, fsGroup is 65532; {} sets none.
   */
  readonly podSecurityContext?: {
    /**
     * appArmorProfile is the AppArmor options to use by the containers in this pod. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly appArmorProfile?: {
      /**
       * localhostProfile indicates a profile loaded on the node that should be used. The profile must be preconfigured on the node to work. Must match the loaded name of the profile. Must be set if and only if type is "Localhost".
       */
      readonly localhostProfile?: string;
      /**
       * type indicates which kind of AppArmor profile will be applied. Valid options are:
       *   Localhost - a profile pre-loaded on the node.
       *   RuntimeDefault - the container runtime's default profile.
       *   Unconfined - no AppArmor enforcement.
       *
       * Possible enum values:
       *  - `"Localhost"` indicates that a profile pre-loaded on the node should be used.
       *  - `"RuntimeDefault"` indicates that the container runtime's default AppArmor profile should be used.
       *  - `"Unconfined"` indicates that no AppArmor profile should be enforced.
       */
      readonly type: 'Localhost' | 'RuntimeDefault' | 'Unconfined';
    };
    /**
     * A special supplemental group that applies to all containers in a pod. Some volume types allow the Kubelet to change the ownership of that volume to be owned by the pod:
     *
     * 1. The owning GID will be the FSGroup 2. The setgid bit is set (new files created in the volume will be owned by FSGroup) 3. The permission bits are OR'd with rw-rw----
     *
     * If unset, the Kubelet will not modify the ownership and permissions of any volume. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly fsGroup?: number;
    /**
     * fsGroupChangePolicy defines behavior of changing ownership and permission of the volume before being exposed inside Pod. This field will only apply to volume types which support fsGroup based ownership(and permissions). It will have no effect on ephemeral volume types such as: secret, configmaps and emptydir. Valid values are "OnRootMismatch" and "Always". If not specified, "Always" is used. Note that this field cannot be set when spec.os.name is windows.
     *
     * Possible enum values:
     *  - `"Always"` indicates that volume's ownership and permissions should always be changed whenever volume is mounted inside a Pod. This the default behavior.
     *  - `"OnRootMismatch"` indicates that volume's ownership and permissions will be changed only when permission and ownership of root directory does not match with expected permissions on the volume. This can help shorten the time it takes to change ownership and permissions of a volume.
     */
    readonly fsGroupChangePolicy?: 'Always' | 'OnRootMismatch';
    /**
     * The GID to run the entrypoint of the container process. Uses runtime default if unset. May also be set in SecurityContext.  If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence for that container. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly runAsGroup?: number;
    /**
     * Indicates that the container must run as a non-root user. If true, the Kubelet will validate the image at runtime to ensure that it does not run as UID 0 (root) and fail to start the container if it does. If unset or false, no such validation will be performed. May also be set in SecurityContext.  If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
     */
    readonly runAsNonRoot?: boolean;
    /**
     * The UID to run the entrypoint of the container process. Defaults to user specified in image metadata if unspecified. May also be set in SecurityContext.  If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence for that container. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly runAsUser?: number;
    /**
     * seLinuxChangePolicy defines how the container's SELinux label is applied to all volumes used by the Pod. It has no effect on nodes that do not support SELinux or to volumes does not support SELinux. Valid values are "MountOption" and "Recursive".
     *
     * "Recursive" means relabeling of all files on all Pod volumes by the container runtime. This may be slow for large volumes, but allows mixing privileged and unprivileged Pods sharing the same volume on the same node.
     *
     * "MountOption" mounts all eligible Pod volumes with `-o context` mount option. This requires all Pods that share the same volume to use the same SELinux label. It is not possible to share the same volume among privileged and unprivileged Pods. Eligible volumes are in-tree FibreChannel and iSCSI volumes, and all CSI volumes whose CSI driver announces SELinux support by setting spec.seLinuxMount: true in their CSIDriver instance. Other volumes are always re-labelled recursively. "MountOption" value is allowed only when SELinuxMount feature gate is enabled.
     *
     * If not specified and SELinuxMount feature gate is enabled, "MountOption" is used. If not specified and SELinuxMount feature gate is disabled, "MountOption" is used for ReadWriteOncePod volumes and "Recursive" for all other volumes.
     *
     * This field affects only Pods that have SELinux label set, either in PodSecurityContext or in SecurityContext of all containers.
     *
     * All Pods that use the same volume should use the same seLinuxChangePolicy, otherwise some pods can get stuck in ContainerCreating state. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly seLinuxChangePolicy?: string;
    /**
     * The SELinux context to be applied to all containers. If unspecified, the container runtime will allocate a random SELinux context for each container.  May also be set in SecurityContext.  If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence for that container. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly seLinuxOptions?: {
      /**
       * Level is SELinux level label that applies to the container.
       */
      readonly level?: string;
      /**
       * Role is a SELinux role label that applies to the container.
       */
      readonly role?: string;
      /**
       * Type is a SELinux type label that applies to the container.
       */
      readonly type?: string;
      /**
       * User is a SELinux user label that applies to the container.
       */
      readonly user?: string;
    };
    /**
     * The seccomp options to use by the containers in this pod. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly seccompProfile?: {
      /**
       * localhostProfile indicates a profile defined in a file on the node should be used. The profile must be preconfigured on the node to work. Must be a descending path, relative to the kubelet's configured seccomp profile location. Must be set if type is "Localhost". Must NOT be set for any other type.
       */
      readonly localhostProfile?: string;
      /**
       * type indicates which kind of seccomp profile will be applied. Valid options are:
       *
       * Localhost - a profile defined in a file on the node should be used. RuntimeDefault - the container runtime default profile should be used. Unconfined - no profile should be applied.
       *
       * Possible enum values:
       *  - `"Localhost"` indicates a profile defined in a file on the node should be used. The file's location relative to <kubelet-root-dir>/seccomp.
       *  - `"RuntimeDefault"` represents the default container runtime seccomp profile.
       *  - `"Unconfined"` indicates no seccomp profile is applied (A.K.A. unconfined).
       */
      readonly type: 'Localhost' | 'RuntimeDefault' | 'Unconfined';
    };
    /**
     * A list of groups applied to the first process run in each container, in addition to the container's primary GID and fsGroup (if specified).  If the SupplementalGroupsPolicy feature is enabled, the supplementalGroupsPolicy field determines whether these are in addition to or instead of any group memberships defined in the container image. If unspecified, no additional groups are added, though group memberships defined in the container image may still be used, depending on the supplementalGroupsPolicy field. Note that this field cannot be set when spec.os.name is windows.
     */
    readonly supplementalGroups?: number[];
    /**
     * Defines how supplemental groups of the first container processes are calculated. Valid values are "Merge" and "Strict". If not specified, "Merge" is used. (Alpha) Using the field requires the SupplementalGroupsPolicy feature gate to be enabled and the container runtime must implement support for this feature. Note that this field cannot be set when spec.os.name is windows.
     *
     * Possible enum values:
     *  - `"Merge"` means that the container's provided SupplementalGroups and FsGroup (specified in SecurityContext) will be merged with the primary user's groups as defined in the container image (in /etc/group).
     *  - `"Strict"` means that the container's provided SupplementalGroups and FsGroup (specified in SecurityContext) will be used instead of any groups defined in the container image.
     */
    readonly supplementalGroupsPolicy?: 'Merge' | 'Strict';
    /**
     * Sysctls hold a list of namespaced sysctls used for the pod. Pods with unsupported sysctls (by the container runtime) might fail to launch. Note that this field cannot be set when spec.os.name is windows.
     *
     * Items: Sysctl defines a kernel parameter to be set
     */
    readonly sysctls?: {
      /**
       * Name of a property to set
       */
      readonly name: string;
      /**
       * Value of a property to set
       */
      readonly value: string;
    }[];
    /**
     * The Windows specific settings applied to all containers. If unspecified, the options within a container's SecurityContext will be used. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence. Note that this field cannot be set when spec.os.name is linux.
     */
    readonly windowsOptions?: {
      /**
       * GMSACredentialSpec is where the GMSA admission webhook (https://github.com/kubernetes-sigs/windows-gmsa) inlines the contents of the GMSA credential spec named by the GMSACredentialSpecName field.
       */
      readonly gmsaCredentialSpec?: string;
      /**
       * GMSACredentialSpecName is the name of the GMSA credential spec to use.
       */
      readonly gmsaCredentialSpecName?: string;
      /**
       * HostProcess determines if a container should be run as a 'Host Process' container. All of a Pod's containers must have the same effective HostProcess value (it is not allowed to have a mix of HostProcess containers and non-HostProcess containers). In addition, if HostProcess is true then HostNetwork must also be set to true.
       */
      readonly hostProcess?: boolean;
      /**
       * The UserName in Windows to run the entrypoint of the container process. Defaults to the user specified in image metadata if unspecified. May also be set in PodSecurityContext. If set in both SecurityContext and PodSecurityContext, the value specified in SecurityContext takes precedence.
       */
      readonly runAsUserName?: string;
    };
  };
}
/**
 * What was found and done, written by the provisioner.
 */
export interface DittoServerStatus {
  /**
   * Generation of the DittoServer that this status speaks of; -1 as long as nobody has looked.
   */
  readonly observedGeneration?: number;
  /**
   * Pods of the server's StatefulSet.
   */
  readonly replicas?: number;
  /**
   * Pods that are ready.
   */
  readonly readyReplicas?: number;
  /**
   * Pods that are available.
   */
  readonly availableReplicas?: number;
  /**
   * The conditions in one word: Failed means that a deadline has passed, not that anything was given up.
   */
  readonly phase?: 'Pending' | 'Running' | 'Failed' | 'Stopped' | 'Deleting';
  /**
   * Digest of all that the running configuration was made from; a new one restarts the pod.
   */
  readonly configHash?: string;
  /**
   * Name of the PerconaPGCluster.
   */
  readonly perconaClusterName?: string;
  /**
   * uid of the PerconaPGCluster that holds, or once held, the data. A database that is gone is not silently replaced by an empty one.
   */
  readonly perconaClusterUid?: string;
  /**
   * The state of each concern; Ready is the sum.
   *
   * Items: The state of one concern.
   */
  readonly conditions?: {
    /**
     * Which concern.
     */
    readonly type: string;
    /**
     * Whether it is well.
     */
    readonly status: 'True' | 'False' | 'Unknown';
    /**
     * Why, in one word.
     */
    readonly reason: string;
    /**
     * Why, as a sentence.
     */
    readonly message: string;
    /**
     * Since when the status is what it is.
     */
    readonly lastTransitionTime: string;
    /**
     * Generation that this was judged on.
     */
    readonly observedGeneration?: number;
  }[];
}
