using VMUNet.Testing;
using Xunit.v3;

[assembly: TestPipelineStartup(typeof(TestCluster))]
