// Renders the chart with Helm's own engine and reads what comes out strictly into Kubernetes' own types: an unknown field, a
// wrong type or a doubled key fails. go test ./...
package check

import (
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// The parts of KEDA's and Prometheus Operator's types that the chart uses, by their documentation.
type scaledObject struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		ScaleTargetRef struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Name       string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount int32 `json:"minReplicaCount"`
		MaxReplicaCount int32 `json:"maxReplicaCount"`
		PollingInterval int32 `json:"pollingInterval"`
		CooldownPeriod  int32 `json:"cooldownPeriod"`
		Triggers        []struct {
			Type       string            `json:"type"`
			MetricType string            `json:"metricType"`
			Metadata   map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

type serviceMonitor struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		Selector  meta.LabelSelector `json:"selector"`
		Endpoints []struct {
			Port          string `json:"port"`
			Path          string `json:"path"`
			Interval      string `json:"interval"`
			Authorization *struct {
				Credentials core.SecretKeySelector `json:"credentials"`
			} `json:"authorization"`
		} `json:"endpoints"`
	} `json:"spec"`
}

var types = map[string]func() any{
	"ConfigMap":               func() any { return &core.ConfigMap{} },
	"Deployment":              func() any { return &apps.Deployment{} },
	"StatefulSet":             func() any { return &apps.StatefulSet{} },
	"Service":                 func() any { return &core.Service{} },
	"PodDisruptionBudget":     func() any { return &policy.PodDisruptionBudget{} },
	"NetworkPolicy":           func() any { return &networking.NetworkPolicy{} },
	"HorizontalPodAutoscaler": func() any { return &autoscaling.HorizontalPodAutoscaler{} },
	"ScaledObject":            func() any { return &scaledObject{} },
	"ServiceMonitor":          func() any { return &serviceMonitor{} },
}

func render(t *testing.T, values string) (map[string]any, error) {
	t.Helper()
	loaded, err := loader.Load("../millrace")
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(loaded, given, chartutil.ReleaseOptions{Name: "mill", Namespace: "llm"}, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(loaded, all)
	if err != nil {
		return nil, err
	}
	return parse(t, files), nil
}

// By kind; where the name is not the release's, by kind and name.
func parse(t *testing.T, files map[string]string) map[string]any {
	t.Helper()
	objects := map[string]any{}
	for name, text := range files {
		for _, document := range strings.Split(text, "\n---\n") {
			var head meta.PartialObjectMetadata
			if err := yaml.Unmarshal([]byte(document), &head); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, document)
			}
			if head.Kind == "" {
				continue
			}
			object := types[head.Kind]()
			if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, document)
			}
			if head.Name == "mill" {
				objects[head.Kind] = object
			} else {
				objects[head.Kind+" "+head.Name] = object
			}
		}
	}
	return objects
}

func must(t *testing.T, values string) map[string]any {
	t.Helper()
	objects, err := render(t, values)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestEveryVariantIsWhatKubernetesReads(t *testing.T) {
	for _, kind := range []string{"none", "hpa", "keda"} {
		for _, rest := range []string{"", everything} {
			objects := must(t, "apiKeysSecret: k\nautoscaling: {kind: "+kind+"}\n"+rest)
			_, hpa := objects["HorizontalPodAutoscaler"]
			_, keda := objects["ScaledObject"]
			if hpa != (kind == "hpa") || keda != (kind == "keda") {
				t.Errorf("%s: hpa %v, keda %v", kind, hpa, keda)
			}
			if (objects["Deployment"].(*apps.Deployment).Spec.Replicas == nil) != (kind != "none") {
				t.Errorf("%s: the Deployment and a scaler must not both set replicas", kind)
			}
		}
	}
}

const everything = `
model: {file: /data/m.gguf, claim: models}
tlsSecret: tls
gpu: {count: 1}
nodeSelector: {disk: fast}
tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
serviceMonitor: {enabled: true}
metricsKeySecret: key
config: {limits: {max-batch: 32}, threads: 4}
drainSeconds: 60
`

const clustered = "apiKeysSecret: k\ncluster: {enabled: true, secret: mill-cluster}\n"

func TestTheNodesOfAClusterFindEachOtherByNamesThatStay(t *testing.T) {
	objects := must(t, clustered)
	set := objects["StatefulSet"].(*apps.StatefulSet)
	headless := objects["Service mill-nodes"].(*core.Service).Spec
	if headless.ClusterIP != "None" || !headless.PublishNotReadyAddresses || set.Spec.ServiceName != "mill-nodes" {
		t.Errorf("%+v, service %q", headless, set.Spec.ServiceName)
	}
	if _, alone := objects["Deployment"]; alone {
		t.Error("a Deployment beside the StatefulSet")
	}
	config := objects["ConfigMap"].(*core.ConfigMap).Data["millrace.yaml"]
	for _, part := range []string{"dns: mill-nodes.llm.svc.cluster.local", "peer-port: 7802", "ca: /etc/millrace/cluster/ca.pem"} {
		if !strings.Contains(config, part) {
			t.Errorf("no %q in\n%s", part, config)
		}
	}
	env := set.Spec.Template.Spec.Containers[0].Env
	if env[0].ValueFrom.FieldRef.FieldPath != "metadata.name" ||
		env[1].Value != "$(MILLRACE_CLUSTER_NODE_ID).mill-nodes.llm.svc.cluster.local" {
		t.Errorf("%+v", env)
	}
}

func TestOnlyNodesReachThePortsBetweenNodes(t *testing.T) {
	rules := must(t, clustered)["NetworkPolicy"].(*networking.NetworkPolicy).Spec
	in, out := rules.Ingress, rules.Egress
	if len(in) != 2 || len(in[1].From) != 1 || len(in[1].Ports) != 3 || len(out) != 2 || len(out[1].To) != 1 || len(out[1].Ports) != 3 {
		t.Errorf("in %+v, out %+v", in, out)
	}
	alone := must(t, "apiKeysSecret: k\n")["NetworkPolicy"].(*networking.NetworkPolicy).Spec
	if len(alone.Ingress) != 1 || len(alone.Egress) != 1 {
		t.Errorf("a node that is alone has ports to others: %+v", alone)
	}
}

func TestAClusterIsScaledAsWhatItIs(t *testing.T) {
	hpa := must(t, clustered+"autoscaling: {kind: hpa}\n")
	if kind := hpa["HorizontalPodAutoscaler"].(*autoscaling.HorizontalPodAutoscaler).Spec.ScaleTargetRef.Kind; kind != "StatefulSet" {
		t.Errorf("scales a %s", kind)
	}
	keda := must(t, clustered+"autoscaling: {kind: keda}\n")
	if kind := keda["ScaledObject"].(*scaledObject).Spec.ScaleTargetRef.Kind; kind != "StatefulSet" {
		t.Errorf("scales a %s", kind)
	}
	if hpa["StatefulSet"].(*apps.StatefulSet).Spec.Replicas != nil {
		t.Error("the StatefulSet and a scaler must not both set replicas")
	}
}

func TestTheGracePeriodIsLongerThanTheDrain(t *testing.T) {
	objects := must(t, "apiKeysSecret: k\n"+everything)
	if grace := *objects["Deployment"].(*apps.Deployment).Spec.Template.Spec.TerminationGracePeriodSeconds; grace != 75 {
		t.Errorf("grace period %d", grace)
	}
	config := objects["ConfigMap"].(*core.ConfigMap).Data["millrace.yaml"]
	for _, part := range []string{"drain-timeout: 60s", "max-batch: 32", "threads: 4", "model: /data/m.gguf", "tls.crt"} {
		if !strings.Contains(config, part) {
			t.Errorf("no %q in\n%s", part, config)
		}
	}
}

func TestPodsGetTheirGpu(t *testing.T) {
	container := must(t, "apiKeysSecret: k\n"+everything)["Deployment"].(*apps.Deployment).Spec.Template.Spec.Containers[0]
	if gpus := container.Resources.Limits["nvidia.com/gpu"]; gpus.Value() != 1 {
		t.Errorf("%v", container.Resources)
	}
}

func TestWhatIsWrongIsRefusedByName(t *testing.T) {
	for values, part := range map[string]string{
		"{}":                                         "apiKeysSecret",
		"apiKeysSecret: k\nreplica: 3":               "replica",
		"apiKeysSecret: k\nreplicas: 0":              "replicas",
		"apiKeysSecret: k\ngpu: {count: many}":       "gpu.count",
		"apiKeysSecret: k\ncluster: {enabled: true}": "cluster.secret",
	} {
		if _, err := render(t, values); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v", values, err)
		}
	}
}
